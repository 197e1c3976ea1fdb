package main

import (
	"cmp"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/continuo-billing/continuo/services/platform/certificates"
	"github.com/continuo-billing/continuo/services/platform/config"
)

// target returns what to ask, and a client that trusts it.
func (h *health) target() (string, *http.Client, error) {
	own := "http://"
	if h.TLSCertFile != "" {
		own = "https://"
	}
	target := cmp.Or(h.URL, own+reachable(h.HTTPAddr)+"/healthz")
	trusted, err := h.trusted(target)
	if err != nil {
		return "", nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = trusted
	return target, &http.Client{Transport: transport}, nil
}

// trusted returns whom to trust over TLS. The gateway of this machine is called by an address for which
// its certificate need not be, but which certificate it is is known.
func (h *health) trusted(target string) (*tls.Config, error) {
	asked, err := url.Parse(target)
	ownServer := h.URL == "" || err == nil && isLoopback(asked.Hostname())
	files := certificates.Files{CA: h.TLSCAFile}
	if ownServer {
		files.Certificate, files.Key = h.TLSCertFile, h.TLSKeyFile
	}
	set, err := config.OpenCertificates(files)
	if err != nil {
		return nil, err
	}
	if ownServer && h.TLSCertFile != "" {
		return set.OwnServerConfig(), nil
	}
	return set.ClientConfig(), nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// reachable returns where to call a program that listens on an address: the loopback address if it
// listens on all.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address // the call fails and names it
	}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
