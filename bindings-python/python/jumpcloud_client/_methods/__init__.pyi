"""What type checkers read of the methods, which are made at run time: there is no such module then."""
