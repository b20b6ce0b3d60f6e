"""What each command of the command line does, one module a command; imported only when one of them runs."""
