package main

import (
	"fmt"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"

	build "github.com/continuo-billing/continuo/services/platform/version"
)

type version struct{}

// Run prints the version.
func (version) Run() error {
	if _, err := fmt.Println(build.Line("continuo")); err != nil {
		return fmt.Errorf("printing the version: %w", err)
	}
	return nil
}

type completion struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish."`
}

// Run prints the script for the shell.
func (c *completion) Run(ctx *kong.Context) error {
	if err := (&kongcompletion.Completion{Shell: c.Shell, Code: true}).Run(ctx); err != nil {
		return fmt.Errorf("printing the completions: %w", err)
	}
	return nil
}
