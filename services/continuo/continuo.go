// Package continuo runs the three services and the gateway in one process. Each service has its own
// gRPC server, which listens on its address and, for the gateway, in memory. Calls from both sides
// go through the same server.
package continuo

import (
	"context"
	"fmt"
	"net"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/gateway"
	"github.com/continuo-billing/continuo/services/platform/process"
	"github.com/continuo-billing/continuo/services/platform/service"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
	"github.com/continuo-billing/continuo/services/subscription"
)

const memoryBuffer = 1 << 20 // bytes in flight between the gateway and a service

// Service holds the settings of one service.
type Service struct {
	// Address is the TCP address of the gRPC server.
	Address string
	// DatabaseURL is the store, sqlite:PATH or postgres://URL.
	DatabaseURL string
	// Migrate tells whether to migrate the store to this program's schema before serving.
	Migrate bool
}

// Config holds the settings of the process.
type Config struct {
	// HTTPAddress is the gateway's TCP address, and Gateway its settings. Run sets its connections
	// and its logger.
	HTTPAddress string
	Gateway     gateway.Config
	// CustomerRecurrence, Subscription and RecurringBilling are the three services.
	CustomerRecurrence, Subscription, RecurringBilling Service
	// Shared holds the settings that all three services share. Their stores are set above.
	Shared service.Config
	// Started, if not nil, is called when all servers listen.
	Started func()
}

// Run serves until ctx ends. It stops the gateway first and the services after it, so that pending
// requests can finish.
func Run(ctx context.Context, config Config) error {
	servicesCtx, stopServices := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServices()
	group, groupCtx := errgroup.WithContext(servicesCtx)
	connections, err := startServices(groupCtx, group, config)
	if err == nil {
		err = runGateway(ctx, groupCtx, config, connections)
	}
	stopServices()
	if servicesErr := group.Wait(); err == nil {
		err = servicesErr
	}
	for _, connection := range connections {
		if connection != nil {
			_ = connection.Close() // its server has stopped
		}
	}
	return err
}

// startServices starts the three services and returns in-memory connections to them, in the order
// of the fields of gateway.Config.
func startServices(ctx context.Context, group *errgroup.Group, config Config) (connections [3]*gateway.Connection, err error) {
	for i, each := range []struct {
		Service
		new func(context.Context, service.Config) (*service.Service, error)
	}{
		{config.CustomerRecurrence, customerrecurrence.New},
		{config.Subscription, subscription.New},
		{config.RecurringBilling, recurringbilling.New},
	} {
		listener, err := process.Listen(ctx, each.Address)
		if err != nil {
			return connections, err
		}
		own := config.Shared
		own.DatabaseURL, own.Migrate = each.DatabaseURL, each.Migrate
		served, err := each.new(ctx, own)
		if err != nil {
			return connections, err
		}
		memory := bufconn.Listen(memoryBuffer)
		group.Go(func() error { return served.Serve(ctx, listener, memory) })
		options := append(gateway.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return memory.DialContext(ctx) }))
		if connections[i], err = gateway.Connect("passthrough:"+each.Address, options...); err != nil {
			return connections, fmt.Errorf("connecting the gateway: %w", err)
		}
	}
	return connections, nil
}

// runGateway serves HTTP until ctx ends or a service stops.
func runGateway(ctx, services context.Context, config Config, connections [3]*gateway.Connection) error {
	settings := config.Gateway
	settings.CustomerRecurrence, settings.Subscription, settings.RecurringBilling = connections[0], connections[1], connections[2]
	settings.Logger, settings.Authenticator, settings.Admission = config.Shared.Logger, config.Shared.Auth, config.Shared.Admission
	settings.Certificates = config.Shared.Certificates
	front, err := gateway.New(ctx, settings)
	if err != nil {
		return err
	}
	listener, err := process.Listen(ctx, config.HTTPAddress)
	if err != nil {
		return err
	}
	if config.Started != nil {
		config.Started()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(services, cancel)()
	return front.Serve(ctx, listener)
}
