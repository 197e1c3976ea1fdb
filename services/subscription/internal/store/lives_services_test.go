package store_test

import (
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// product draws one of the two products, of which one is mandatory.
func (m *lived) product(rt *rapid.T) (product string, mandatory bool) {
	product = rapid.SampledFrom([]string{"priced", "more"}).Draw(rt, "product")
	return product, product == "priced"
}

// addService adds a service, perhaps as a draft.
func (m *lived) addService(rt *rapid.T) {
	product, mandatory := m.product(rt)
	asked := order(m.id, rapid.SampledFrom([]lifecycle.Operation{lifecycle.AddService, lifecycle.AddServiceAsDraft}).Draw(rt, "addition"))
	asked.Services = []subscription.ServiceOrder{{Field: "x", Product: refer(product)}}
	m.do(rt, asked, func() reason.Reason {
		if m.Packaged && !mandatory {
			return reason.ServiceNotOfType
		}
		return m.counted(asked.Operation, m.add(mandatory, asked.Operation == lifecycle.AddServiceAsDraft))
	})
	if len(m.Services) > 0 && rapid.Bool().Draw(rt, "led on at once") {
		m.serveAt(rt, len(m.Services)-1)
	}
}

// serve ends, starts or swaps a service.
func (m *lived) serve(rt *rapid.T) {
	if len(m.Services) == 0 { // those that had ended did not move
		return
	}
	m.serveAt(rt, rapid.IntRange(0, len(m.Services)-1).Draw(rt, "service"))
}

// serveAt does an operation on one service, half of the time one that leads on from its state.
func (m *lived) serveAt(rt *rapid.T, at int) {
	operations := []lifecycle.Operation{lifecycle.StartService, lifecycle.CancelService, lifecycle.RegretService, lifecycle.UndoAddService, lifecycle.SwitchService}
	if on := serviceLeads[m.Services[at].State]; len(on) > 0 && rapid.Bool().Draw(rt, "listed on services") {
		operations = slices.Sorted(maps.Keys(on))
	}
	asked := order(m.id, rapid.SampledFrom(operations).Draw(rt, "operation on services"))
	asked.Services = []subscription.ServiceOrder{{Field: "x", Present: subscription.PartUpdate{Field: "x", ID: m.expect(rt, m.id, m.State).Services[at].ID}}}
	mandatory := false
	if asked.Operation.Swaps() {
		var product string
		product, mandatory = m.product(rt)
		asked.Services[0].Product = refer(product)
	}
	m.do(rt, asked, func() reason.Reason {
		if m.Packaged && !mandatory && asked.Operation.Swaps() {
			return reason.ServiceNotOfType
		}
		return m.counted(asked.Operation, m.model.serve(asked.Operation, at, mandatory))
	})
}
