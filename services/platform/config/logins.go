package config

import (
	"fmt"
	"strconv"
)

// Logins says how callers sign in to the subscription service: how often they may try, and what tokens they get.
type Logins struct {
	LoginsPerMinute          PerMinute `env:"CONTINUO_LOGINS_PER_MINUTE" default:"600" help:"Attempts to sign in with a password per minute, of all callers together."`
	LoginsPerSourcePerMinute PerMinute `env:"CONTINUO_LOGINS_PER_SOURCE_PER_MINUTE" default:"60" help:"Failed attempts to sign in per minute from one source address."`
	CRMCOMTokens             string    `name:"crmcom-tokens" env:"CONTINUO_CRMCOM_TOKENS" enum:"idle,jwt" default:"idle" help:"Tokens of CRM.COM's contract: idle, which end an hour after their last use, or jwt, which end two hours after they were issued."`
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
