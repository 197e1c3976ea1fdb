package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/source"
)

// Exposure configures what a server takes on at once, and whom it believes.
type Exposure struct {
	DrainTimeout            Duration `env:"CONTINUO_DRAIN_TIMEOUT" default:"20s" help:"How long running calls may take when the program stops."`
	TrustedProxies          Networks `env:"CONTINUO_TRUSTED_PROXIES" default:"127.0.0.0/8,::1/128" help:"Networks of proxies whose X-Forwarded-For counts, separated by commas. Services trust their gateways by it."`
	MaxConnections          Count    `env:"CONTINUO_MAX_CONNECTIONS" default:"4000" help:"Connections at once."`
	MaxConnectionsPerSource Count    `env:"CONTINUO_MAX_CONNECTIONS_PER_SOURCE" default:"1000" help:"Connections of one address, which is no trusted proxy."`
	MaxCalls                Count    `env:"CONTINUO_MAX_CALLS" default:"512" help:"Calls in flight."`
	MaxCallsPerTenant       Count    `env:"CONTINUO_MAX_CALLS_PER_TENANT" default:"256" help:"Calls of one tenant in flight."`
	MaxCallsPerSource       Count    `env:"CONTINUO_MAX_CALLS_PER_SOURCE" default:"64" help:"Calls of one address without a credential in flight."`
	MaxStreams              Count    `env:"CONTINUO_MAX_STREAMS" default:"1000" help:"Open streams."`
	MaxStreamsPerTenant     Count    `env:"CONTINUO_MAX_STREAMS_PER_TENANT" default:"200" help:"Open streams of one tenant."`
	MaxStreamsPerKey        Count    `env:"CONTINUO_MAX_STREAMS_PER_KEY" default:"100" help:"Open streams of one credential."`
	MaxBodyBytes            Count    `env:"CONTINUO_MAX_BODY_BYTES" default:"67108864" help:"Bytes of request bodies in memory at once."`
}

// Admission returns the settings for servers. A drain timeout of 0 ends running calls at once.
func (e Exposure) Admission() admission.Settings {
	return admission.Settings{
		Limits: admission.Limits{
			Connections: int64(e.MaxConnections), ConnectionsPerSource: int64(e.MaxConnectionsPerSource),
			Calls: int64(e.MaxCalls), CallsPerTenant: int64(e.MaxCallsPerTenant), CallsPerSource: int64(e.MaxCallsPerSource),
			Streams: int64(e.MaxStreams), StreamsPerTenant: int64(e.MaxStreamsPerTenant), StreamsPerKey: int64(e.MaxStreamsPerKey),
			BodyBytes: int64(e.MaxBodyBytes),
		},
		Proxies: source.Proxies(e.TrustedProxies), DrainTimeout: max(time.Duration(e.DrainTimeout), time.Nanosecond),
	}
}

// Count is a whole number of at least 1.
type Count int64

// UnmarshalText reads a number such as 512.
func (c *Count) UnmarshalText(text []byte) error {
	read, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || read < 1 {
		return fmt.Errorf("%q is not a whole number of at least 1", text)
	}
	*c = Count(read)
	return nil
}

// Networks are IP networks.
type Networks []netip.Prefix

// UnmarshalText reads networks such as 10.0.0.0/8,::1/128. A single address is a network too.
func (n *Networks) UnmarshalText(text []byte) error {
	*n = Networks{}
	for part := range strings.SplitSeq(string(text), ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		network, err := netip.ParsePrefix(part)
		if address, single := netip.ParseAddr(part); single == nil {
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("%q is not a network like 10.0.0.0/8", part)
		}
		*n = append(*n, network.Masked())
	}
	return nil
}
