package gateway

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc"

	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/native"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// api is the API of a gateway: the vendor contracts, the backends, and a filter on their routes.
type api struct {
	contracts []*contract.Contract
	backends  []backend
	offered   func(*route.Route) bool
}

// wholeAPI returns the complete API.
func wholeAPI(config Config) api {
	return api{contracts, backendsOf(config), func(*route.Route) bool { return true }}
}

// assembly is a gateway under construction.
type assembly struct {
	api
	front   *front
	vendors map[string]*site
	routes  []*route.Route
	newSite func(*contract.Contract) *site
}

func newHandler(ctx, streams context.Context, config Config, offered api) (http.Handler, error) {
	a := &assembly{api: offered, vendors: map[string]*site{}}
	a.newSite = func(of *contract.Contract) *site { return newSite(streams, config, of) }
	unclaimed := a.newSite(&unclaimedContract)
	a.front = &front{native: map[string]mount{}, vendor: newNode("", unclaimed), unclaimed: unclaimed}
	for _, backend := range offered.backends {
		for _, service := range slices.Concat(backend.services, shared) {
			if err := a.add(ctx, backend, service); err != nil {
				return nil, fmt.Errorf("mounting %s: %w", service.name, err)
			}
		}
	}
	if err := a.add(ctx, backend{}, searchOf(offered.backends)); err != nil {
		return nil, fmt.Errorf("mounting the search: %w", err)
	}
	h := &handler{
		logger: config.Logger, refused: telemetry.NewTally(config.Logger, "requests refused beyond limits"), proxies: config.Admission.Proxies,
		pages: newPages(config.Logger, offered, a.routes, a.docsFor(config)), front: a.front,
	}
	var err error
	h.next, err = h.chain(config.CORSOrigins)
	return h, err
}

// add adds a service of a backend: its paths to the front and its handlers to the mux of a site.
func (a *assembly) add(ctx context.Context, backend backend, service service) error {
	routes, err := route.FromService(service.name, backend.prefix())
	if err != nil || len(routes) == 0 {
		return err
	}
	site, err := a.siteOf(routes[0])
	if err != nil {
		return err
	}
	for _, operation := range routes {
		if !a.offered(operation) {
			continue
		}
		if operation.Contract == "" {
			site.offer(operation)
		} else if err := a.addContract(site, operation, backend.conn); err != nil {
			return err
		}
		a.routes = append(a.routes, operation)
	}
	if service.register == nil {
		return nil
	}
	return service.register(ctx, site.mux, conditional{backend.conn})
}

// addContract adds an operation of a contract to the tree of vendor paths.
func (a *assembly) addContract(owner *site, operation *route.Route, conn grpc.ClientConnInterface) error {
	if !slices.Contains(owner.contract.Framework.Wire, operation.Framework) {
		return fmt.Errorf("%s belongs to the contract %s, which does not use the framework %s",
			operation.RPC.ParentFile().Path(), owner.contract.Name, operation.Framework)
	}
	if owner.contract.Framework.Conditional {
		conn = conditional{conn}
	}
	call, err := newContractCall(operation, conn)
	if err != nil {
		return err
	}
	a.front.vendor.add(call, owner, a.front.unclaimed)
	return nil
}

// siteOf returns the site of a route and creates it if needed. Each contract has a site, each backend
// has one for its native API, and so has each native service at the top.
func (a *assembly) siteOf(first *route.Route) (*site, error) {
	if first.Contract == "" {
		key := strings.TrimPrefix(first.Prefix, "/")
		if key == "" {
			key = first.Literals()[0]
		}
		if a.front.native[key].site == nil {
			a.front.native[key] = mount{a.newSite(&native.Contract), first.Prefix}
		}
		return a.front.native[key].site, nil
	}
	if a.vendors[first.Contract] == nil {
		listed := slices.IndexFunc(a.contracts, func(c *contract.Contract) bool { return c.Name == first.Contract })
		if listed < 0 {
			return nil, fmt.Errorf("%s names the unknown contract %q", first.RPC.ParentFile().Path(), first.Contract)
		}
		a.vendors[first.Contract] = a.newSite(a.contracts[listed])
	}
	return a.vendors[first.Contract], nil
}
