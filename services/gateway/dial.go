package gateway

import (
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
)

// Dial connects to a service with credentials. addresses is `host:port` or several separated by commas.
// With TLS each server has to present a certificate for its host. Calls are balanced between replicas, including several addresses of one name, and skip
// unavailable ones. Dial does not wait for a connection.
func Dial(addresses string, transport credentials.TransportCredentials) (*Connection, error) {
	options := append(DialOptions(), grpc.WithTransportCredentials(transport),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"round_robin":{}}]}`))
	target := addresses
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
	retry := backoff.DefaultConfig
	retry.BaseDelay, retry.MaxDelay = 100*time.Millisecond, 2*time.Second
	return []grpc.DialOption{
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: retry, MinConnectTimeout: 2 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswerBytes)),
	}
}
