package store

import (
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// noDate stands for no date in the text of a pause.
const noDate = "-"

// pausesText returns pauses as the text of their column, one per line, such as
// `2026-03-10 2026-03-20 - reason`.
func pausesText(pauses []line.Pause) string {
	texts := make([]string, len(pauses))
	for i, pause := range pauses {
		texts[i] = fmt.Sprintf("%s %s %s %s", pause.From, orDash(pause.Until.String()), orDash(pause.Resumed.String()), pause.Reason)
	}
	return strings.Join(texts, "\n")
}

func orDash(text string) string {
	if text == "" {
		return noDate
	}
	return text
}

// pausesOf parses what pausesText returned.
func pausesOf(text string) (pauses []line.Pause, err error) {
	if text == "" {
		return nil, nil
	}
	var day dates
	of := func(text string) string { return strings.TrimSuffix(text, noDate) }
	for row := range strings.SplitSeq(text, "\n") {
		fields := strings.SplitN(row, " ", 4)
		if len(fields) != 4 {
			return nil, fmt.Errorf("reading pause %q: it has %d fields", row, len(fields))
		}
		pauses = append(pauses, line.Pause{
			From: day.of(fields[0]), Until: day.of(of(fields[1])), Resumed: day.of(of(fields[2])), Reason: line.ReasonCode(fields[3]),
		})
	}
	return pauses, day.err
}
