package main

import (
	"fmt"
	"os"

	"github.com/continuo-billing/continuo/services/platform/auth"
)

type key struct {
	Tenant string `arg:"" help:"Tenant whose rows the caller sees."`
	Actor  string `arg:"" help:"Name of the caller, as recorded in the change feed."`

	Scopes  string `help:"What the key may do: read, write, bill and admin, each also for one service (recurring-billing:read), separated by commas. All by default."`
	Expires string `help:"Day on which the key stops working, such as 2027-01-01 (in UTC), or an instant. Never by default."`
}

// Run prints the key to standard error, and the line for the keys file to standard output.
func (k *key) Run() error {
	secret, line, err := auth.NewKey(auth.Tenant(k.Tenant), k.Actor, k.Scopes, k.Expires)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "key (shown once; send it as `Authorization: Bearer KEY`): %s\n", secret)
	fmt.Println(line)
	return nil
}
