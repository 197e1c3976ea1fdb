package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

const billingSchedule = "billingSchedule"

func scheduleMessage(s run.Schedule) *pb.BillingSchedule {
	message := &pb.BillingSchedule{
		Name: billingSchedule, Enabled: s.Enabled, DayOfMonth: int32(s.Day), TimeZone: s.Zone, Etag: s.Etag(),
		LeaveDrafts: s.LeaveDrafts,
	}
	for _, cycle := range s.Cycles {
		message.BillCycles = append(message.BillCycles, cycleMessages[cycle])
	}
	if s.Version > 0 {
		message.UpdateTime = timestamppb.New(s.Updated)
	}
	return message
}

func upcomingMessage(u run.Upcoming) *pb.BillingSchedule {
	message := scheduleMessage(u.Schedule)
	message.NextRunDate = gtype.Date(u.NextRun)
	return message
}

func newSchedule(m *pb.BillingSchedule) run.Schedule {
	return run.Schedule{
		Enabled: m.GetEnabled(), Day: int(m.GetDayOfMonth()), Zone: m.GetTimeZone(), Cycles: readCycles(m.GetBillCycles()),
		LeaveDrafts: m.GetLeaveDrafts(),
	}
}

// GetBillingSchedule reads the billing schedule.
func (h *handlers) GetBillingSchedule(ctx context.Context, _ *pb.GetBillingScheduleRequest) (*pb.BillingSchedule, error) {
	schedule, err := h.Runs.Schedule(ctx)
	if err != nil {
		return nil, err
	}
	return upcomingMessage(schedule), nil
}
