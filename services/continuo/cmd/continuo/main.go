// Command continuo runs all of Continuo in one process and provides the operator's commands.
package main

import (
	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"

	"github.com/continuo-billing/continuo/services/platform/process"
)

type command struct {
	Serve   serve           `cmd:"" default:"withargs" help:"Serve the three services and the gateway in one process (the default)."`
	Migrate migrate         `cmd:"" help:"Migrate the stores to this program's schema, or show their state."`
	Key     key             `cmd:"" help:"Create a key for a caller, for CONTINUO_AUTH=keys:FILE."`
	Import  importResources `cmd:"" help:"Import resources of all services from newline-delimited JSON, keeping their ids."`
	Export  exportResources `cmd:"" help:"Export all resources of all services as newline-delimited JSON."`
	OpenAPI openAPI         `cmd:"" name:"openapi" help:"Print the OpenAPI description of the REST API."`

	SealingKey sealingKey `cmd:"" help:"Make or rotate the keys that seal secrets in the stores."`

	Backup     backup     `cmd:"" help:"Copy the SQLite stores of all services into a folder, while they are served."`
	Restore    restore    `cmd:"" help:"Put the stores of a backup in their place."`
	Health     health     `cmd:"" help:"Ask a running program whether it is up, for health checks of containers."`
	Version    version    `cmd:"" help:"Print the version."`
	Completion completion `cmd:"" help:"Print a script that makes a shell complete this program's commands and flags."`
}

func main() {
	process.Main("continuo", "A self-hosted backend for recurring revenue.", &command{}, func(parser *kong.Kong) { kongcompletion.Register(parser) })
}
