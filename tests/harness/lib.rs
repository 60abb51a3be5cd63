//! A scripted model and a virtual caller, for conversations under virtual time.
