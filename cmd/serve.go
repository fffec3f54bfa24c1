package cmd

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// localServe is the daemon's process. Its errors go to a log that the client
// which started it reads, so they are JSON.
func localServe(ctx context.Context, s ui.Streams, d Deps, _ *cli.Context) error {
	dm := d.daemon()
	err := dm.Serve(ctx, func(ctx context.Context) (local.Status, func(context.Context) error, error) {
		return serve(ctx, s, d, dm)
	})
	if err != nil {
		printError(ui.Streams{Out: s.Err}, err, true)
		return reported{err}
	}
	return nil
}

func serve(ctx context.Context, s ui.Streams, d Deps, dm local.Daemon) (st local.Status, stop func(context.Context) error, err error) {
	engine, err := docker.New()
	if err != nil {
		return st, nil, err
	}
	if err := engine.Ping(ctx); err != nil {
		return st, nil, err
	}
	command, err := docker.Command(ctx)
	if err != nil {
		return st, nil, err
	}
	// The server ends by stop, after the status is gone, not with ctx.
	server, err := emulator.Start(context.WithoutCancel(ctx), emulator.Options{
		Dir: filepath.Join(dm.Dir, "state"), Docker: engine, DockerCommand: command,
		Log: slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return st, nil, err
	}
	st = local.Status{URL: server.URL(), TokenFile: server.TokenFile(), CAFile: server.CAFile(), Endpoints: server.Endpoints(), GcloudEnv: server.GcloudEnv(local.Project)}
	return st, server.Close, nil
}

// purge removes what a stopped daemon left: containers, the network, images of
// its registry, and its folder.
func purge(ctx context.Context, dm local.Daemon) error {
	id, addr, err := emulator.Identity(filepath.Join(dm.Dir, "state"))
	if err != nil {
		return err
	}
	if id != "" {
		engine, err := docker.New()
		if err != nil {
			return err
		}
		if err := purgeDocker(ctx, engine, id, addr); err != nil {
			return fmt.Errorf("removing what the emulators made: %w", err)
		}
	}
	return os.RemoveAll(dm.Dir)
}

func purgeDocker(ctx context.Context, engine *docker.Client, id, addr string) error {
	labels := map[string]string{docker.Label: id}
	containers, err := engine.List(ctx, labels)
	if err != nil {
		return err
	}
	for _, c := range containers {
		if err := engine.Remove(ctx, c.ID); err != nil {
			return err
		}
	}
	if err := engine.RemoveNetworks(ctx, labels); err != nil {
		return err
	}
	refs, err := engine.Images(ctx, addr+"/")
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err := engine.RemoveImage(ctx, ref); err != nil {
			return err
		}
	}
	return nil
}
