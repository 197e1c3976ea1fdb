package aip

import (
	"slices"
	"strings"
	"unicode/utf8"

	"go.einride.tech/aip/ordering"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

const maxOrderCharacters = 500

// OrderBy parses an order_by such as `issue_date desc, number` and completes it; see
// listing.Spec.Ordered.
func OrderBy[T any](spec listing.Spec[T], orderBy string) ([]listing.Order, error) {
	if utf8.RuneCountInString(orderBy) > maxOrderCharacters {
		return nil, invalidOrder("must have at most %d characters", maxOrderCharacters)
	}
	var parsed ordering.OrderBy
	if err := parsed.UnmarshalString(strings.TrimSpace(orderBy)); err != nil {
		return nil, invalidOrder("must be field names with commas between them, each with or without ` desc`, such as `create_time desc, name`")
	}
	var asked []listing.Order
	for _, field := range parsed.Fields {
		if !spec.Fields[field.Path].Order {
			return nil, invalidOrder("%q is not a field that this list can be ordered by; these are: %s", field.Path,
				strings.Join(spec.Fields.Names(func(f listing.Field[T]) bool { return f.Order }), ", "))
		}
		if slices.ContainsFunc(asked, func(o listing.Order) bool { return o.Field == field.Path }) {
			return nil, invalidOrder("%q is repeated", field.Path)
		}
		asked = append(asked, listing.Order{Field: field.Path, Descending: field.Desc})
	}
	return spec.Ordered(asked), nil
}

func invalidOrder(format string, args ...any) error {
	return fault.InvalidField("order_by", reason.InvalidOrder, format, args...)
}
