package openapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// described is a route that is being described.
type described struct {
	*route.Route
	contract *contract.Contract
	id       string
	examples []example
}

// changes reports whether the operation can change something.
func (o *described) changes() bool { return o.HTTPMethod != http.MethodGet }

// tagged reports whether the answer is a resource with an etag.
func (o *described) tagged() bool {
	return !o.isVendor() && route.Etag(o.Answer()) != nil && !o.RPC.IsStreamingServer()
}

func (o *described) isVendor() bool { return o.Contract != "" }

// addRoute adds the operation of a route to the document.
func (d *description) addRoute(offered *route.Route) error {
	o := &described{Route: offered, contract: d.contracts[offered.Contract], id: d.newID(offered)}
	o.examples = d.examples[o.id]
	path, variables := offered.DocPath()
	summary, details := split(d.comment(offered.RPC))
	if summary == "" {
		summary = words(string(offered.RPC.Name()))
	}
	if details == "" {
		details = summary + "."
	}
	body, err := d.requestBody(o)
	if err != nil {
		return err
	}
	responses, err := d.responses(o)
	if err != nil {
		return err
	}
	if !o.contract.TokenInBody {
		details += fmt.Sprintf("\n\nNeeds the scope `%s`.", rpc.ScopeOf(offered.RPC))
	}
	added := &operation{
		OperationID: o.id, Summary: summary, Description: details, Tags: []string{d.tagOf(o)},
		Security: credentials(), Parameters: d.parameters(o, variables), RequestBody: body, Responses: responses,
	}
	switch {
	case o.contract.TokenInBody && (body != nil && body.Required || o.TakesQuery()):
		added.Security = []map[string][]string{}
	case o.contract.TokenInBody:
		added.Security = []map[string][]string{{"basic": {}}}
	}
	if d.document.Paths[path] == nil {
		d.document.Paths[path] = &pathItem{}
	}
	method := strings.ToLower(offered.HTTPMethod)
	if (*d.document.Paths[path])[method] != nil {
		return fmt.Errorf("%s is described twice", path)
	}
	(*d.document.Paths[path])[method] = added
	return nil
}

// newID returns an operation id that is an identifier in most languages: `recurringBillingGetItem`,
// `sedonaUpdateCustomerRecurring`. Further paths of a method are numbered.
func (d *description) newID(offered *route.Route) string {
	group := offered.Contract
	if group == "" {
		group = camel(strings.TrimPrefix(offered.Prefix, "/"))
	}
	id := group + string(offered.RPC.Name())
	for n := 2; d.ids[id]; n++ {
		id = fmt.Sprintf("%s%s%d", group, offered.RPC.Name(), n)
	}
	d.ids[id] = true
	return id
}

// camel returns `recurring-billing` as `recurringBilling`.
func camel(name string) string {
	var out strings.Builder
	for i, part := range strings.Split(name, "-") {
		if i > 0 && part != "" {
			part = strings.ToUpper(part[:1]) + part[1:]
		}
		out.WriteString(part)
	}
	return out.String()
}

// words returns `GetItem` as `Get item`.
func words(name string) string {
	var out strings.Builder
	for i, c := range name {
		if i > 0 && unicode.IsUpper(c) {
			out.WriteByte(' ')
			c = unicode.ToLower(c)
		}
		out.WriteRune(c)
	}
	return out.String()
}

// tagOf returns the tag of an operation: that of its contract, or for a native one that of its
// service, which it adds.
func (d *description) tagOf(o *described) string {
	if name := o.contract.Docs.Tag; name != "" {
		return name
	}
	service := o.RPC.Parent()
	name := strings.TrimPrefix(o.Prefix, "/") + ": " + strings.TrimSuffix(string(service.Name()), "Service")
	d.tag(name, d.comment(service))
	return name
}

// requestBody returns the description of the request body, or nil if there is none.
func (d *description) requestBody(o *described) (*requestBody, error) {
	model := o.Model()
	if model == nil || onlyPath(o) {
		return nil, nil
	}
	body := &requestBody{Description: d.bodyComment(o), Required: !o.isVendor() || !route.BodyOptional(model), Content: map[string]*mediaType{}}
	for _, accepted := range o.contract.Framework.Consumes {
		content, err := d.requestContent(o, model, accepted)
		if err != nil {
			return nil, err
		}
		body.Content[accepted] = content
	}
	return body, nil
}

// onlyPath reports whether all fields of a request are in the path.
func onlyPath(o *described) bool {
	fields := o.Model().Fields()
	for i := range fields.Len() {
		if o.Body != "*" || !o.InPath(fields.Get(i)) {
			return false
		}
	}
	return true
}

func (d *description) bodyComment(o *described) string {
	if o.Body == "*" {
		return ""
	}
	return d.comment(o.RPC.Input().Fields().ByName(protoreflect.Name(o.Body)))
}

func (d *description) requestContent(o *described, model protoreflect.MessageDescriptor, accepted string) (*mediaType, error) {
	content := &mediaType{}
	switch {
	case o.isVendor() && isForm(accepted):
		content.Schema = d.form(model)
	case o.isVendor():
		content.Schema = d.vendorMessage(model)
	case o.HTTPMethod == http.MethodPatch:
		content.Schema = d.patch(model)
	case o.Body == "*":
		content.Schema = d.remaining(o, model)
	default:
		content.Schema = d.nativeMessage(model, true)
	}
	shown := slices.IndexFunc(o.examples, func(e example) bool { return e.Body != nil })
	if shown < 0 {
		return content, nil
	}
	var err error
	content.Example, err = o.examples[shown].requestAs(model, accepted)
	return content, err
}
