// Package search implements continuo.search.v1.SearchService on the lists of a service: a resource
// is found by the beginning of one of its fields. A service names the fields of each of its lists
// that people search by:
//
//	search.Of("Item", itemList, items.List, itemMessage, "description", "name", "description")
//
// Each field needs an index that begins with the tenant and serves a comparison by prefix.
package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	searchv1 "github.com/continuo-billing/continuo/gen/go/continuo/search/v1"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
)

// Source is a list of resources that can be searched.
type Source struct {
	resourceType string
	display      string
	fields       []field
	read         func(context.Context, listing.Query) ([]aip.Named, error)
}

// Of returns the list of a resource type as a source. display is the field of the message that
// people call a resource by, or "". fields are fields of the list, of the kinds Text and Integer;
// `name` stands for the id, or a field that the message does not have.
func Of[T any, M aip.Named](resourceType string, spec listing.Spec[T], read func(context.Context, listing.Query) ([]T, error),
	message func(T) (M, error), display string, fields ...string,
) Source {
	source := Source{resourceType: resourceType, display: display}
	for _, name := range fields {
		source.fields = append(source.fields, field{name, spec.Fields[name].Kind})
	}
	source.read = func(ctx context.Context, query listing.Query) ([]aip.Named, error) {
		query.Where = listing.All(spec.Where, query.Where)
		items, err := read(ctx, query)
		if err != nil {
			return nil, err
		}
		messages := make([]aip.Named, len(items))
		for i, item := range items {
			if messages[i], err = message(item); err != nil {
				return nil, err
			}
		}
		return messages, nil
	}
	return source
}

// Server searches the resources of one service.
type Server struct {
	searchv1.UnsafeSearchServiceServer

	service string
	sources []Source
}

// NewServer returns a server for the sources of a service.
func NewServer(service string, sources []Source) *Server {
	return &Server{service: service, sources: sources}
}

// Search finds resources by the beginning of their fields.
func (s *Server) Search(ctx context.Context, request *searchv1.SearchRequest) (*searchv1.SearchResponse, error) {
	text := norm.NFC.String(strings.TrimSpace(request.GetQ()))
	if text == "" {
		return nil, fault.Required("q")
	}
	size := aip.Size(request.GetPageSize())
	var results []*searchv1.SearchResult
	for _, source := range s.sources {
		found, err := source.search(ctx, text, size)
		if err != nil {
			return nil, err
		}
		results = append(results, found...)
	}
	for _, result := range results {
		result.Service = s.service
	}
	return &searchv1.SearchResponse{Results: Top(results, size)}, nil
}

// Top returns the first size results in the order of an answer.
func Top(results []*searchv1.SearchResult, size int) []*searchv1.SearchResult {
	slices.SortStableFunc(results, func(a, b *searchv1.SearchResult) int {
		if a.GetExact() != b.GetExact() {
			if a.GetExact() {
				return -1
			}
			return 1
		}
		return cmp.Or(
			cmp.Compare(a.GetService(), b.GetService()), cmp.Compare(a.GetResourceType(), b.GetResourceType()),
			cmp.Compare(a.GetText(), b.GetText()), cmp.Compare(a.GetResource(), b.GetResource()),
		)
	})
	return results[:min(size, len(results))]
}

// search returns up to size resources, each once, by the first field that matches.
func (s *Source) search(ctx context.Context, text string, size int) ([]*searchv1.SearchResult, error) {
	var results []*searchv1.SearchResult
	seen := map[string]bool{}
	for _, field := range s.fields {
		for _, condition := range field.conditions(text) {
			found, err := s.read(ctx, listing.Query{Where: condition, Limit: size})
			if err != nil {
				return nil, err
			}
			for _, message := range found {
				if !seen[message.GetName()] {
					seen[message.GetName()] = true
					results = append(results, s.result(message, field.name, text))
				}
			}
		}
	}
	return results, nil
}

// result returns a resource that was found by a field. A field that the message lacks is the last id
// of its name.
func (s *Source) result(message aip.Named, field, text string) *searchv1.SearchResult {
	found, ok := valueOf(message, field)
	if !ok || field == "name" {
		name := message.GetName()
		field, found = "name", name[strings.LastIndexByte(name, '/')+1:]
	}
	display, _ := valueOf(message, s.display)
	return &searchv1.SearchResult{
		Resource: message.GetName(), ResourceType: s.resourceType, Field: field, Text: found,
		DisplayName: display, Exact: strings.EqualFold(found, text),
	}
}

// valueOf returns the text of a field of a message, given by its path. It reports false if the message
// has no such field.
func valueOf(message proto.Message, path string) (text string, ok bool) {
	of := message.ProtoReflect()
	for {
		name, rest, nested := strings.Cut(path, ".")
		descriptor := of.Descriptor().Fields().ByName(protoreflect.Name(name))
		if descriptor == nil {
			return "", false
		}
		if !nested {
			return of.Get(descriptor).String(), true
		}
		of, path = of.Get(descriptor).Message(), rest
	}
}
