// Command gcpdeploy deploys Python web apps to Google Cloud, and keeps their
// wheels so that a deploy never builds them twice.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/gcpdeploy/gcpdeploy/cmd"
)

// version is set by the linker for releases.
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal cancels; after it a second one kills.
	context.AfterFunc(ctx, stop)
	os.Exit(cmd.Main(ctx, cmd.SystemStreams(), cmd.SystemDeps(version), os.Args))
}
