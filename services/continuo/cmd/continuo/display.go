package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/continuo-billing/continuo/services/continuo/internal/transfer"
)

const (
	redrawEvery = 200 * time.Millisecond
	printEvery  = 5 * time.Second
)

// display shows the progress of a transfer: as a bar on a terminal, otherwise as lines at
// intervals.
type display struct {
	mu  sync.Mutex
	to  io.Writer
	bar *progressbar.ProgressBar // nil if the output is not a terminal
	// last is the line number shown last, and lastAt when it was shown.
	last   int64
	lastAt time.Time
}

// newDisplay returns a display on a file for a transfer of size bytes, or 0 if unknown.
func newDisplay(to *os.File, size int64) *display {
	d := &display{to: to, lastAt: time.Now()}
	if !term.IsTerminal(int(to.Fd())) {
		return d
	}
	if size <= 0 {
		size = -1
	}
	d.bar = progressbar.NewOptions64(size, progressbar.OptionSetWriter(to), progressbar.OptionFullWidth(), progressbar.OptionUseANSICodes(true),
		progressbar.OptionShowDescriptionAtLineEnd(), progressbar.OptionThrottle(redrawEvery), progressbar.OptionClearOnFinish())
	return d
}

// follow shows the progress until stop is called, which clears the bar.
func (d *display) follow(progress func() transfer.Progress) (stop func()) {
	every := redrawEvery
	if d.bar == nil {
		every = printEvery
	}
	ticker := time.NewTicker(every)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ticker.C:
				d.show(progress())
			case <-done:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(done)
		<-ended
		d.clear()
	}
}

func (d *display) show(p transfer.Progress) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	rate := float64(p.Line-d.last) / now.Sub(d.lastAt).Seconds()
	d.last, d.lastAt = p.Line, now
	text := fmt.Sprintf("%d lines (%.0f/s)", p.Line, rate)
	if p.Created+p.Unchanged+p.Rejected > 0 {
		text += fmt.Sprintf(", %d created, %d unchanged, %d rejected", p.Created, p.Unchanged, p.Rejected)
	}
	if d.bar == nil {
		d.print(text)
		return
	}
	d.bar.Describe(text)
	_ = d.bar.Set64(p.Offset) // failing to draw is not an error
}

// say prints a line.
func (d *display) say(format string, values ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wipe()
	d.print(fmt.Sprintf(format, values...))
}

func (d *display) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wipe()
}

func (d *display) wipe() {
	if d.bar != nil {
		_ = d.bar.Clear() // failing to draw is not an error
	}
}

func (d *display) print(line string) {
	_, _ = fmt.Fprintln(d.to, line) // the terminal may be gone
}
