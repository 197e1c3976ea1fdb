package api

import (
	"context"
	"fmt"

	"github.com/govalues/decimal"
	moneypb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
)

var groupings = map[pb.GroupBy]revenue.Grouping{
	pb.GroupBy_GROUP_BY_UNSPECIFIED:             revenue.ByNothing,
	pb.GroupBy_GROUP_BY_ITEM:                    revenue.ByItem,
	pb.GroupBy_GROUP_BY_MASTER_ACCOUNT:          revenue.ByMasterAccount,
	pb.GroupBy_GROUP_BY_ITEM_AND_MASTER_ACCOUNT: revenue.ByBoth,
}

// ListRecurringRevenue lists recurring revenue and its movements. It takes months and a grouping
// instead of a filter, since they determine what is summed; its rows are computed, not stored.
func (h *handlers) ListRecurringRevenue(ctx context.Context, request *pb.ListRecurringRevenueRequest) (*pb.ListRecurringRevenueResponse, error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	var r reader
	query := revenue.Query{
		Grouping: groupings[request.GetGroupBy()], Limit: aip.Size(request.GetPageSize()),
		From: r.month("start_month", request.GetStartMonth()), To: r.month("end_month", request.GetEndMonth()),
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	bound := fmt.Sprintf("recurring revenue of %q by %d from %s to %s", caller.Tenant, query.Grouping, query.From, query.To)
	if err := h.sealer.Open(ctx, bound, request.GetPageToken(), &query.After); err != nil {
		return nil, err
	}
	report, err := h.Revenue.Revenue(ctx, query)
	if err != nil {
		return nil, err
	}
	response, err := reportMessage(report)
	if err != nil {
		return nil, err
	}
	if report.More {
		if response.NextPageToken, err = h.sealer.Seal(ctx, bound, report.Rows[len(report.Rows)-1].Key); err != nil {
			return nil, err
		}
	}
	if report.Position != (revenue.Position{}) {
		response.AsOfToken, err = h.changes.Seal(ctx, caller.Tenant, feed.Position(report.Position))
	}
	return response, err
}

func (r *reader) month(field, text string) revenue.Month {
	month, err := revenue.ParseMonth(text)
	if err != nil {
		r.Add(field, reason.InvalidDate, "%v", err)
	}
	return month
}

func reportMessage(report revenue.Report) (*pb.ListRecurringRevenueResponse, error) {
	response := &pb.ListRecurringRevenueResponse{CatchingUp: report.Waiting, RecurringRevenue: make([]*pb.RecurringRevenue, len(report.Rows))}
	var err error
	for i, row := range report.Rows {
		if response.RecurringRevenue[i], err = revenueMessage(row); err != nil {
			return nil, err
		}
	}
	if !report.AsOf.IsZero() {
		response.AsOfTime = timestamppb.New(report.AsOf)
	}
	return response, nil
}

func revenueMessage(row revenue.Row) (*pb.RecurringRevenue, error) {
	message := &pb.RecurringRevenue{
		Month: row.Month.String(), Item: itemNames.Format(row.Item), MasterAccount: masterNames.Format(row.MasterAccount),
		ActiveLines: row.ActiveLines,
	}
	for _, amount := range []struct {
		in    **moneypb.Money
		minor int64
	}{
		{&message.Opening, row.Opening}, {&message.New, row.New}, {&message.Reactivation, row.Reactivation},
		{&message.Expansion, row.Expansion}, {&message.Contraction, row.Contraction}, {&message.Churn, row.Churn},
		{&message.Transfer, row.Transfer}, {&message.Closing, row.Closing},
	} {
		var err error
		if *amount.in, err = minorMessage(amount.minor, row.Currency); err != nil {
			return nil, err
		}
	}
	return message, nil
}

// minorMessage converts an amount in minor units to a message.
func minorMessage(minor int64, currency money.Currency) (*moneypb.Money, error) {
	digits, known := currency.MinorDigits()
	if !known {
		return nil, fmt.Errorf("%q is not a currency", string(currency))
	}
	value, err := decimal.New(minor, digits)
	if err != nil {
		return nil, fmt.Errorf("converting %d minor units of %s: %w", minor, currency, err)
	}
	return gtype.Money(value, string(currency))
}
