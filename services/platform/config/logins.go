package config

import (
	"fmt"
	"strconv"
)

// Logins limits how often callers may try to sign in to the subscription service.
type Logins struct {
	LoginsPerMinute          PerMinute `env:"CONTINUO_LOGINS_PER_MINUTE" default:"600" help:"Attempts to sign in with a password per minute, of all callers together."`
	LoginsPerSourcePerMinute PerMinute `env:"CONTINUO_LOGINS_PER_SOURCE_PER_MINUTE" default:"60" help:"Failed attempts to sign in per minute from one source address."`
}

// PerMinute is a number of attempts in a minute, at least 1.
type PerMinute int

// UnmarshalText reads a number such as 60.
func (p *PerMinute) UnmarshalText(text []byte) error {
	read, err := strconv.Atoi(string(text))
	if err != nil || read < 1 {
		return fmt.Errorf("%q is not a number of at least 1", text)
	}
	*p = PerMinute(read)
	return nil
}
