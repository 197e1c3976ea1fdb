package store

import (
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// list returns the queries that read a list, with the texts of its filter in NFC, as the columns are.
func (r *reader) list(query listing.Query, columns map[string]string) *rows.Queries {
	query.Where, query.Among = normal(query.Where), normalAll(query.Among)
	return rows.New(r.tx.List(query, columns))
}

// normal returns a condition with its texts in NFC.
func normal(condition listing.Condition) listing.Condition {
	switch c := condition.(type) {
	case listing.And:
		return listing.And(normalAll(c))
	case listing.Or:
		return listing.Or(normalAll(c))
	case listing.Not:
		return listing.Not{Condition: normal(c.Condition)}
	case listing.Prefix:
		c.Prefix = plain(c.Prefix)
		return c
	case listing.Compare:
		if text, ok := c.Value.(string); ok {
			c.Value = plain(text)
		}
		return c
	}
	return condition
}

func normalAll(conditions []listing.Condition) []listing.Condition {
	all := make([]listing.Condition, len(conditions))
	for i, condition := range conditions {
		all[i] = normal(condition)
	}
	return all
}
