package main

import (
	"fmt"
	"os"

	"github.com/continuo-billing/continuo/services/gateway"
)

type openAPI struct{}

// Run prints the description of the whole API.
func (openAPI) Run() error {
	text, err := gateway.Description()
	if err != nil {
		return err
	}
	if _, err := os.Stdout.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("printing the description: %w", err)
	}
	return nil
}
