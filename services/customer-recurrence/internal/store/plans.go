package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/plan"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// anchoredOn is the date that the cycles of a recurrence are counted from, empty for none.
const anchoredOn = `CASE WHEN r.start_date = '' THEN r.paid_until_date ELSE r.start_date END`

// inForceOf returns the condition of the recurrences r that customers have in force, for all that match a condition. Its
// parameters come after args, of which the first is the tenant.
func (r *reader) inForceOf(customers listing.Condition, args ...any) (condition string, all []any, err error) {
	condition, all, err = r.tx.Where(customers, customerColumns, args...)
	states := make([]string, 0, len(recurrence.StatesInForce()))
	for _, state := range recurrence.StatesInForce() {
		states = append(states, "'"+string(state)+"'")
	}
	return fmt.Sprintf("r.tenant = $1 AND r.state IN (%s) AND r.customer_id IN (SELECT customer_id FROM customers WHERE tenant = $1 AND %s)",
		strings.Join(states, ", "), condition), all, err
}

func (r *reader) Anchors(ctx context.Context, customers listing.Condition, limit int) (anchors []plan.Anchor, err error) {
	inForce, args, err := r.inForceOf(customers, string(r.tenant))
	if err != nil {
		return nil, err
	}
	err = r.each(ctx, fmt.Sprintf("SELECT DISTINCT r.cycle, %s FROM recurrences AS r WHERE %s LIMIT %d", anchoredOn, inForce, limit), args, func(found *sql.Rows) error {
		var cycle, from string
		err := found.Scan(&cycle, &from)
		anchor := plan.Anchor{Cycle: recurrence.Cycle(cycle)}
		if err == nil && from != "" {
			err = anchor.From.UnmarshalText([]byte(from))
		}
		anchors = append(anchors, anchor)
		return err
	})
	return anchors, err
}

// sumsOfServices sums what recurrences include and consumed, by service. Consumptions are summed in millions and the rest, so that no sum is
// beyond 64 bits.
const sumsOfServices = `
WITH windows AS MATERIALIZED (%[1]s), contracted AS (
	SELECT r.customer_id, r.recurrence_id, s.%[2]s AS position, s.value ->> 'service_id' AS service_id,
		CAST(COALESCE(s.value ->> 'transaction_limit', '0') AS BIGINT) AS included, %[3]s AS month
	FROM recurrences AS r %[4]s, %[5]s
	WHERE %[6]s
), counted AS (
	SELECT c.service_id, c.included, COALESCE(t.consumed, 0) AS consumed,
		row_number() OVER (ORDER BY c.customer_id, c.recurrence_id, c.position) AS place,
		first_value(c.month) OVER (PARTITION BY c.service_id ORDER BY c.customer_id, c.recurrence_id) AS month
	FROM contracted AS c LEFT JOIN usage_totals AS t ON t.tenant = $1 AND t.customer_id = c.customer_id
		AND t.recurrence_id = c.recurrence_id AND t.month = c.month AND t.service_id = c.service_id
)
SELECT service_id, min(month), CAST(sum(included) AS BIGINT), CAST(min(included) AS BIGINT),
	CAST(sum(consumed / 1000000) AS BIGINT), CAST(sum(consumed %% 1000000) AS BIGINT)
FROM counted GROUP BY service_id ORDER BY min(place) LIMIT %[7]d`

func (r *reader) Sums(ctx context.Context, customers listing.Condition, same usage.Window, windows map[plan.Anchor]usage.Window, limit int) (sums []plan.Sum, err error) {
	parameter, month, joined := same.String(), "(SELECT month FROM windows)", ""
	if windows != nil {
		if parameter, err = windowRows(windows); err != nil {
			return nil, err
		}
		month, joined = "w.month", "JOIN windows AS w ON w.cycle = r.cycle AND w.anchor = "+anchoredOn
	}
	inForce, args, err := r.inForceOf(customers, string(r.tenant), parameter)
	if err != nil {
		return nil, err
	}
	statement := fmt.Sprintf(sumsOfServices, r.windowsOf(windows != nil), r.position(), month, joined, r.servicesOf(), inForce, limit)
	err = r.each(ctx, statement, args, func(found *sql.Rows) error {
		var sum plan.Sum
		var month string
		var least, millions, rest int64
		if err := found.Scan(&sum.ServiceID, &month, &sum.Included, &least, &millions, &rest); err != nil {
			return err
		}
		sum.Unlimited, sum.Consumed = least == 0, int64(math.MaxInt64)
		if millions += rest / 1_000_000; millions < math.MaxInt64/1_000_000 {
			sum.Consumed = millions*1_000_000 + rest%1_000_000
		}
		sums = append(sums, sum)
		return sums[len(sums)-1].Window.UnmarshalText([]byte(month))
	})
	return sums, err
}

// windowRows returns windows as JSON rows of cycle, anchor and window.
func windowRows(windows map[plan.Anchor]usage.Window) (string, error) {
	rows := make([][3]string, 0, len(windows))
	for anchor, window := range windows {
		from := ""
		if !anchor.From.IsZero() {
			from = anchor.From.String()
		}
		rows = append(rows, [3]string{string(anchor.Cycle), from, window.String()})
	}
	text, err := json.Marshal(rows)
	return string(text), err
}

// windowsOf returns the query of the windows in $2: JSON rows, or one for all.
func (r *reader) windowsOf(many bool) string {
	switch {
	case !many:
		return "SELECT CAST($2 AS TEXT) AS month"
	case r.tx.Engine == database.PostgreSQL:
		return "SELECT value ->> 0 AS cycle, value ->> 1 AS anchor, value ->> 2 AS month FROM json_array_elements(CAST($2 AS json))"
	}
	return "SELECT value ->> 0 AS cycle, value ->> 1 AS anchor, value ->> 2 AS month FROM json_each($2)"
}

// servicesOf returns the table s of the services of a recurrence r, with the columns value and position.
func (r *reader) servicesOf() string {
	const services = "CASE WHEN r.services LIKE '[%' THEN r.services ELSE '[]' END"
	if r.tx.Engine == database.PostgreSQL {
		return "LATERAL json_array_elements(CAST(" + services + " AS json)) WITH ORDINALITY AS s(value, position)"
	}
	return "json_each(" + services + ") AS s"
}

// position names the column of a service's position.
func (r *reader) position() string {
	if r.tx.Engine == database.PostgreSQL {
		return "position"
	}
	return "key"
}

// each calls do with each row of a query.
func (r *reader) each(ctx context.Context, query string, args []any, do func(*sql.Rows) error) error {
	found, err := r.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("summing a plan: %w", err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() && err == nil {
		err = do(found)
	}
	if err = errors.Join(err, found.Err()); err != nil {
		return fmt.Errorf("summing a plan: %w", err)
	}
	return nil
}
