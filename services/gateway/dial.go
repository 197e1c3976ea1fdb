package gateway

import (
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/health" // lets replicas be watched
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// How many bytes of an answer, and of all answers on a connection, a service may send before they are read.
// Fixed windows save the pings by which gRPC would measure a connection all the time.
const (
	streamWindow     = 1 << 20
	connectionWindow = 16 << 20
)

// Service configurations for one address, and for replicas that tell whether they can serve.
const (
	balanced = `{"loadBalancingConfig":[{"round_robin":{}}]}`
	watched  = `{"loadBalancingConfig":[{"round_robin":{}}],"healthCheckConfig":{"serviceName":""}}`
)

// Dial connects to a service with credentials. addresses is `host:port`, several separated by commas, or
// `dns:///host:port` for all addresses of a name. With TLS each server has to present a certificate for
// its host. Calls are balanced between replicas, skip those that are unavailable or cannot serve, and are
// sent again where that is safe. Dial does not wait for a connection.
func Dial(addresses string, transport credentials.TransportCredentials) (*Connection, error) {
	options := append(DialOptions(), grpc.WithTransportCredentials(transport),
		grpc.WithDefaultServiceConfig(balanced), grpc.WithChainUnaryInterceptor(retry))
	target := addresses
	if strings.ContainsRune(addresses, ',') || strings.HasPrefix(addresses, "dns:") {
		options = append(options, grpc.WithDefaultServiceConfig(watched))
	}
	if list := strings.Split(addresses, ","); len(list) > 1 {
		replicas := manual.NewBuilderWithScheme("replicas")
		state := resolver.State{}
		for _, address := range list {
			address = strings.TrimSpace(address)
			state.Endpoints = append(state.Endpoints, resolver.Endpoint{Addresses: []resolver.Address{{Addr: address, ServerName: address}}})
		}
		replicas.InitialState(state)
		options = append(options, grpc.WithResolvers(replicas))
		target = "replicas:///service"
	}
	return Connect(target, options...)
}

// DialOptions returns the options for connections to services except credentials: they reconnect
// within two seconds and accept long responses.
func DialOptions() []grpc.DialOption {
	reconnect := backoff.DefaultConfig
	reconnect.BaseDelay, reconnect.MaxDelay = 100*time.Millisecond, 2*time.Second
	return append(telemetry.DialOptions(),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: 2 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswerBytes)),
		grpc.WithStaticStreamWindowSize(streamWindow), grpc.WithStaticConnWindowSize(connectionWindow),
	)
}
