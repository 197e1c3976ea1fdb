package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"google.golang.org/grpc/grpclog"
)

// SetGRPCLogger makes gRPC and its gateway log to logger instead of standard error. Their errors
// concern single connections, such as a client that hung up, so they are logged as warnings. Call
// it before the first connection of the process.
func SetGRPCLogger(logger *slog.Logger) { grpclog.SetLoggerV2(grpcLog{logger}) }

// grpcLog implements grpclog.LoggerV2.
type grpcLog struct{ logger *slog.Logger }

func (g grpcLog) log(level slog.Level, text func() string) {
	if ctx := context.Background(); g.logger.Enabled(ctx, level) {
		g.logger.Log(ctx, level, strings.TrimSpace(text()), "by", "grpc")
	}
}

func (g grpcLog) print(level slog.Level, args []any) {
	g.log(level, func() string { return fmt.Sprint(args...) })
}

func (g grpcLog) println(level slog.Level, args []any) {
	g.log(level, func() string { return fmt.Sprintln(args...) })
}

func (g grpcLog) printf(level slog.Level, format string, args []any) {
	g.log(level, func() string { return fmt.Sprintf(format, args...) })
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

// V reports whether messages of a verbosity are logged: only those of the default level.
func (g grpcLog) V(verbosity int) bool { return verbosity <= 0 }
