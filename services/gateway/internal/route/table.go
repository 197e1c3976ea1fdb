package route

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strings"
)

// Table is all routes of an API.
type Table struct {
	routes []*Route
	tried  []*Route            // in the order in which they are tried
	owners map[string]Contract // by the first segment of a path
}

// NewTable is a table of routes.
func NewTable(routes []*Route) *Table {
	table := &Table{routes: routes, tried: slices.Clone(routes), owners: map[string]Contract{}}
	// A path's verb is not part of the id before it.
	slices.SortStableFunc(table.tried, func(a, b *Route) int { return cmp.Compare(min(len(b.verb), 1), min(len(a.verb), 1)) })
	for _, route := range routes {
		owner := route.Contract
		if owner == Sedona || owner == Dynamics {
			owner = Framework // both are one application as far as an unknown path is concerned
		}
		first := route.segments[0].literal
		if owner != Native {
			first = strings.ToLower(first)
		}
		table.owners[first] = owner
	}
	return table
}

// Routes are the table's routes.
func (t *Table) Routes() []*Route { return t.routes }

// Match is what a request means.
type Match struct {
	// Route is the route, nil where Err says why there is none.
	Route *Route
	// Contract is whose words an error is told in: the route's, or that of the paths around an unknown one.
	Contract Contract
	// Path is the path as the route's pattern spells it, with the request's own values. They stand unescaped for a vendor
	// route, as they came for a native one.
	Path string
	// Err is ErrNoRoute or ErrMethod, and ErrValue beside a Route.
	Err error
	// Allowed are the methods that the path has, where Err is ErrMethod.
	Allowed []string
}

// Why a request does not match.
var (
	// ErrNoRoute means that nothing is at the path.
	ErrNoRoute = errors.New("no route has this path")
	// ErrMethod means that the path exists, with other methods.
	ErrMethod = errors.New("no route has this path with this method")
	// ErrValue means that a value in the path is not of its parameter's type.
	ErrValue = errors.New("a value in the path is not of its parameter's type")
)

// Match finds the route of a request. A vendor's paths match ignoring case and with trailing slashes, after unescaping,
// and their integers are read as .NET reads them; native paths match exactly.
func (t *Table) Match(method string, requested *url.URL) Match {
	loose := splitVendor(requested.Path)
	exact := splitNative(requested)
	found := Match{Err: ErrNoRoute, Contract: t.owner(requested.Path)}
	for _, route := range t.tried {
		path, ok, err := "", false, error(nil)
		if route.Contract == Native {
			ok = route.matchExactly(exact)
			path = requested.Path
		} else {
			path, ok, err = route.matchLoosely(loose)
		}
		switch {
		case !ok:
		case strings.EqualFold(method, route.HTTPMethod) && (route.Contract != Native || method == route.HTTPMethod):
			return Match{Route: route, Contract: route.Contract, Path: path, Err: err}
		case !slices.Contains(found.Allowed, route.HTTPMethod):
			found.Err, found.Contract = ErrMethod, route.Contract
			found.Allowed = append(found.Allowed, route.HTTPMethod)
		}
	}
	slices.Sort(found.Allowed)
	return found
}

func (t *Table) owner(path string) Contract {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if owner, ok := t.owners[first]; ok {
		return owner
	}
	if owner, ok := t.owners[strings.ToLower(first)]; ok && owner != Native {
		return owner
	}
	return Framework
}

// splitVendor splits an unescaped path, without the slashes at its end.
func splitVendor(path string) []string {
	return strings.Split(strings.TrimRight(strings.TrimPrefix(path, "/"), "/"), "/")
}

// splitNative splits a path as it came, so that an escaped slash stays inside its segment.
func splitNative(requested *url.URL) []string {
	path := requested.Path
	if requested.RawPath != "" {
		path = requested.RawPath
	}
	return strings.Split(strings.TrimPrefix(path, "/"), "/")
}

func (r *Route) matchLoosely(parts []string) (path string, ok bool, err error) {
	if len(parts) != len(r.segments) {
		return "", false, nil
	}
	for i, segment := range r.segments {
		if segment.field == nil && !strings.EqualFold(parts[i], segment.literal) || parts[i] == "" {
			return "", false, nil
		}
	}
	var spelled strings.Builder
	for i, segment := range r.segments {
		value := segment.literal
		if segment.field != nil {
			var bad error
			if value, bad = canonical(segment.field, parts[i]); bad != nil {
				err = ErrValue
			}
		}
		spelled.WriteByte('/')
		spelled.WriteString(value)
	}
	return spelled.String(), true, err
}

func (r *Route) matchExactly(parts []string) bool {
	last := len(parts) - 1
	if r.verb != "" {
		stem, ok := strings.CutSuffix(parts[last], ":"+r.verb)
		if !ok || stem == "" {
			return false
		}
		parts = append(slices.Clone(parts[:last]), stem)
	}
	for i, segment := range r.segments {
		switch {
		case i >= len(parts):
			return false
		case segment.rest:
			return true
		case segment.field == nil && parts[i] != segment.literal, parts[i] == "":
			return false
		}
	}
	return len(parts) == len(r.segments)
}
