package aip

import (
	"bytes"
	"context"
	"encoding/json"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/listing"
)

// firstLarge is how many items of a list with PageBytes, or names of a BatchGet, are read before their size is known.
const firstLarge = 8

// pager fills one page.
type pager[T any, M proto.Message] struct {
	spec    listing.Spec[T]
	read    func(context.Context, listing.Query) ([]T, error)
	message func(T) (M, error)
	// size is the maximum number of items of the page, bytes the size of its messages so far.
	size, bytes int
	page        []M
	// query matches the items after those already on the page.
	query listing.Query
}

// fill reads the page and reports whether more items follow.
func (p *pager[T, M]) fill(ctx context.Context) (more bool, err error) {
	for {
		p.query.Limit = p.next() + 1
		items, err := p.read(ctx, p.query)
		if err != nil {
			return false, err
		}
		last := len(items) < p.query.Limit
		if !last {
			items = items[:p.query.Limit-1]
		}
		full, err := p.take(items)
		if err != nil || full {
			return full, err
		}
		if last || len(p.page) == p.size {
			return !last, nil
		}
	}
}

// next returns how many items to read next: as many as the page lacks, or as many large ones as are
// likely to fit.
func (p *pager[T, M]) next() int {
	lacking := p.size - len(p.page)
	if p.spec.PageBytes == 0 {
		return lacking
	}
	return portion(lacking, p.spec.PageBytes-p.bytes, len(p.page), p.bytes)
}

// portion returns how many of the lacking items to read next where an answer has room for a number of bytes, after some items with a
// number of bytes, as which the next are taken to be.
func portion(lacking, room, some, bytes int) int {
	if some == 0 {
		return min(lacking, firstLarge)
	}
	average := max(1, bytes/some)
	return max(1, min(lacking, room/average))
}

// sizeInList returns how many bytes a message takes as an element of a field with a number below 16.
func sizeInList(message proto.Message) int { return 1 + protowire.SizeBytes(proto.Size(message)) }

// take adds items to the page and reports whether an item did not fit.
func (p *pager[T, M]) take(items []T) (full bool, err error) {
	for _, item := range items {
		message, err := p.message(item)
		if err != nil {
			return false, err
		}
		if bound := p.spec.PageBytes; bound > 0 {
			size := sizeInList(message)
			if len(p.page) > 0 && p.bytes+size > bound {
				return true, nil
			}
			p.bytes += size
		}
		if p.query.After, err = p.spec.Cursor(p.query.Order, item); err != nil {
			return false, err
		}
		p.page = append(p.page, message)
	}
	return false, nil
}

// open returns the position that a page token stands for, or nil for the empty token.
func open[T any](ctx context.Context, sealer Sealer, spec listing.Spec[T], bound string, order []listing.Order, token string) (listing.Cursor, error) {
	var values []json.RawMessage
	if err := sealer.Open(ctx, bound, token, &values); err != nil || token == "" {
		return nil, err
	}
	if len(values) != len(order) {
		return nil, listing.InvalidToken()
	}
	place := make(listing.Cursor, len(values))
	for i, text := range values {
		field, ok := spec.Fields[order[i].Field], false
		if place[i], ok = decode(field.Kind, text); !ok || place[i] == nil && !field.Optional {
			return nil, listing.InvalidToken()
		}
	}
	return place, nil
}

// decode reads a value of a kind. It reports false if the value has another type. Numbers are
// decoded as text, since a float64 cannot hold every int64.
func decode(kind listing.Kind, text json.RawMessage) (value any, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return nil, false
	}
	if number, isNumber := value.(json.Number); isNumber {
		whole, err := number.Int64()
		if err != nil {
			return nil, false
		}
		value = whole
	}
	return value, value == nil || kind.Holds(value)
}
