package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"github.com/continuo-billing/continuo/services/continuo/internal/transfer"
	"github.com/continuo-billing/continuo/services/platform/config"
)

const (
	// largestAnswer is the maximum size of a response in bytes.
	largestAnswer = 16 << 20
	pingEvery     = 30 * time.Second
	redialAtMost  = 2 * time.Second
)

// services selects the services of an import or export and holds the settings for calling them.
type services struct {
	config.CustomerRecurrence
	config.Subscription
	config.RecurringBilling
	config.ClientTLS
	Key     string   `env:"CONTINUO_KEY" help:"Key of the caller, whose tenant owns the resources. Not needed if CONTINUO_AUTH is off."`
	Service []string `enum:"customer-recurrence,subscription,recurring-billing" help:"Only this service's resources (customer-recurrence, subscription, recurring-billing); can be repeated. Default: all services."`
}

// targets connects to the services. hangUp closes the connections.
func (s services) targets(ctx context.Context) (targets []transfer.Target, hangUp func() error, err error) {
	var connections []*grpc.ClientConn
	hangUp = func() (err error) {
		for _, connection := range connections {
			err = errors.Join(err, connection.Close())
		}
		return err
	}
	hosts, transport, err := s.Transport(ctx, slog.Default(), s.CustomerRecurrenceAddr, s.SubscriptionAddr, s.RecurringBillingAddr)
	if err != nil {
		return nil, nil, err
	}
	addresses := map[string]string{transfer.CustomerRecurrence: hosts[0], transfer.Subscription: hosts[1], transfer.RecurringBilling: hosts[2]}
	for _, name := range transfer.Names {
		if len(s.Service) > 0 && !slices.Contains(s.Service, name) {
			continue
		}
		address, _, _ := strings.Cut(addresses[name], ",") // any replica will do
		connection, err := connect(address, transport)
		if err != nil {
			return nil, nil, errors.Join(err, hangUp())
		}
		connections = append(connections, connection)
		targets = append(targets, transfer.Target{Service: name, Connection: connection, Key: s.Key})
	}
	return targets, hangUp, nil
}

func connect(address string, transport credentials.TransportCredentials) (*grpc.ClientConn, error) {
	reconnect := backoff.DefaultConfig
	reconnect.MaxDelay = redialAtMost
	connection, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(transport),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: redialAtMost}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingEvery, Timeout: pingEvery}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(largestAnswer)))
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", address, err)
	}
	return connection, nil
}
