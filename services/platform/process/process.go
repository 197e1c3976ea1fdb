// Package process runs a program: it parses settings, handles signals, and sets the exit code.
package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/version"
)

// Main parses the command line and the environment into cli, a struct for kong whose command has a
// method Run(context.Context, *slog.Logger) error. It runs the command until it returns or SIGINT
// or SIGTERM cancels the context. A second signal ends the program at once. The exit code is 1 if
// Run failed, and 80 if the command line or the environment is wrong. Every program has the flag
// --version. prepare is called with the parser before it parses.
func Main(name, description string, cli any, prepare ...func(*kong.Kong)) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	// SIGHUP loads files again where there are any, and must never end the program.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	if err := config.CheckNames(os.Environ(), cli); err != nil {
		fmt.Fprintf(os.Stderr, "%s: error: %v\n", name, err)
		stop()
		os.Exit(config.WrongUsage)
	}
	command := parse(cli, prepare, kong.Name(name), kong.Description(description), kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Embed(&common{}), kong.Vars{"version": version.Line(name)})
	if err := command.Run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		stop()
		os.Exit(exitCode(err))
	}
}

// exitCode returns the exit code for an error of a command: the one that the error has, or 1.
func exitCode(err error) int {
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return 1
}

// common are the flags of every program.
type common struct {
	Version kong.VersionFlag `help:"Print the version and exit."`
}

// parse parses the command line, and ends the program if it is wrong.
func parse(cli any, prepare []func(*kong.Kong), options ...kong.Option) *kong.Context {
	parser, err := kong.New(cli, options...)
	if err != nil {
		panic(err) // cli is not a struct for kong
	}
	for _, do := range prepare {
		do(parser)
	}
	command, err := parser.Parse(os.Args[1:])
	if err != nil {
		parser.Errorf("%s", err)
		os.Exit(config.WrongUsage) // kong's own code for a wrong variable is 1
	}
	return command
}

// Listen opens a TCP listener on an address.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	return listener, nil
}

// Service is what Serve runs.
type Service interface {
	// Serve serves the listeners until ctx ends, then drains them and closes the store.
	Serve(ctx context.Context, listeners ...net.Listener) error
}

// Serve listens on an address and runs a service there.
func Serve(ctx context.Context, logger *slog.Logger, address string, service Service) error {
	listener, err := Listen(ctx, address)
	if err != nil {
		return err
	}
	logger.Info("serving", "address", listener.Addr().String())
	return service.Serve(ctx, listener)
}
