package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"google.golang.org/grpc/grpclog"
)

// TakeGRPCLog puts what gRPC and its gateway say of themselves into a logger; by themselves they write to standard error, in
// a form of their own. What they call errors is of connections, such as a client that hung up, and here a warning. A process
// calls it before it makes its first connection.
func TakeGRPCLog(logger *slog.Logger) { grpclog.SetLoggerV2(grpcLog{logger}) }

// grpcLog is a logger as gRPC knows loggers.
type grpcLog struct{ logger *slog.Logger }

func (g grpcLog) say(level slog.Level, text func() string) {
	if ctx := context.Background(); g.logger.Enabled(ctx, level) {
		g.logger.Log(ctx, level, strings.TrimSpace(text()), "by", "grpc")
	}
}

func (g grpcLog) print(level slog.Level, args []any) {
	g.say(level, func() string { return fmt.Sprint(args...) })
}

func (g grpcLog) println(level slog.Level, args []any) {
	g.say(level, func() string { return fmt.Sprintln(args...) })
}

func (g grpcLog) printf(level slog.Level, format string, args []any) {
	g.say(level, func() string { return fmt.Sprintf(format, args...) })
}

func (g grpcLog) Info(args ...any)                 { g.print(slog.LevelDebug, args) }
func (g grpcLog) Infoln(args ...any)               { g.println(slog.LevelDebug, args) }
func (g grpcLog) Infof(format string, args ...any) { g.printf(slog.LevelDebug, format, args) }

func (g grpcLog) Warning(args ...any)                 { g.print(slog.LevelDebug, args) }
func (g grpcLog) Warningln(args ...any)               { g.println(slog.LevelDebug, args) }
func (g grpcLog) Warningf(format string, args ...any) { g.printf(slog.LevelDebug, format, args) }

func (g grpcLog) Error(args ...any)                 { g.print(slog.LevelWarn, args) }
func (g grpcLog) Errorln(args ...any)               { g.println(slog.LevelWarn, args) }
func (g grpcLog) Errorf(format string, args ...any) { g.printf(slog.LevelWarn, format, args) }

// After Fatal, gRPC ends the process.
func (g grpcLog) Fatal(args ...any)                 { g.print(slog.LevelError, args) }
func (g grpcLog) Fatalln(args ...any)               { g.println(slog.LevelError, args) }
func (g grpcLog) Fatalf(format string, args ...any) { g.printf(slog.LevelError, format, args) }

// V reports that gRPC is not to say more than it does by itself.
func (g grpcLog) V(verbosity int) bool { return verbosity <= 0 }
