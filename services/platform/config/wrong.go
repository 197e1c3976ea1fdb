package config

import "fmt"

// WrongUsage is the exit code of a program whose command line or environment is wrong, as kong has it.
const WrongUsage = 80

// wrong is an error about a setting. It has the method by which a program learns its exit code.
type wrong struct{ error }

func wrongf(format string, values ...any) error { return wrong{fmt.Errorf(format, values...)} }

// ExitCode returns WrongUsage.
func (wrong) ExitCode() int { return WrongUsage }

// Unwrap returns the error.
func (w wrong) Unwrap() error { return w.error }

// Wrong marks an error as one about a setting.
func Wrong(err error) error { return wrong{err} }
