package freeport_test

import (
	"net"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/freeport"
)

func TestAddressReturnsDistinctFreePorts(t *testing.T) {
	given := map[string]bool{}
	for range 200 {
		address, err := freeport.Address()
		if err != nil {
			t.Fatal(err)
		}
		if given[address] {
			t.Fatalf("%s was returned twice", address)
		}
		given[address] = true
	}
	for address := range given {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
