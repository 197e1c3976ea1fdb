package api

import (
	"context"
	"fmt"

	"github.com/govalues/decimal"
	datepb "google.golang.org/genproto/googleapis/type/date"
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

// QueryRevenue returns recurring revenue and its movements. It takes months and a grouping
// instead of a filter, since they determine what is summed; its rows are computed, not stored.
func (h *handlers) QueryRevenue(ctx context.Context, request *pb.QueryRevenueRequest) (*pb.QueryRevenueResponse, error) {
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

// month reads a date that stands for its month: its day is 0.
func (r *reader) month(field string, d *datepb.Date) revenue.Month {
	first, err := gtype.FromDate(&datepb.Date{Year: d.GetYear(), Month: d.GetMonth(), Day: 1})
	if err != nil || d.GetDay() != 0 {
		r.Add(field, reason.InvalidDate, "must be a year and a month from 1 to 12, with the day 0")
		return 0
	}
	return revenue.MonthOf(first)
}

func monthMessage(m revenue.Month) *datepb.Date {
	year, month := m.Calendar()
	return &datepb.Date{Year: int32(year), Month: int32(month)}
}

func reportMessage(report revenue.Report) (*pb.QueryRevenueResponse, error) {
	response := &pb.QueryRevenueResponse{CatchingUp: report.Waiting, Revenues: make([]*pb.Revenue, len(report.Rows))}
	var err error
	for i, row := range report.Rows {
		if response.Revenues[i], err = revenueMessage(row); err != nil {
			return nil, err
		}
	}
	if !report.AsOf.IsZero() {
		response.AsOfTime = timestamppb.New(report.AsOf)
	}
	return response, nil
}

func revenueMessage(row revenue.Row) (*pb.Revenue, error) {
	message := &pb.Revenue{
		Month: monthMessage(row.Month), Item: itemNames.Format(row.Item), MasterAccount: masterNames.Format(row.MasterAccount),
		ActiveLines: row.ActiveLines,
	}
	for _, amount := range []struct {
		in    **moneypb.Money
		minor int64
	}{
		{&message.Opening, row.Opening}, {&message.NewBusiness, row.New}, {&message.Reactivation, row.Reactivation},
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
