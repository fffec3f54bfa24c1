package clients

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
)

// ServeEmulators runs the emulators in this process until ctx ends or it is told
// to stop. What they warn of goes to log. With enforceIAM callers other than the
// owner may do only what policies let them.
func ServeEmulators(ctx context.Context, d Deps, log io.Writer, enforceIAM bool) error {
	daemon, err := d.Emulators()
	if err != nil {
		return err
	}
	return daemon.Serve(ctx, func(ctx context.Context) (local.Status, func(context.Context) error, error) {
		return serve(ctx, daemon, daemon.Bounded(log), enforceIAM)
	})
}

func serve(ctx context.Context, daemon local.Daemon, log io.Writer, enforceIAM bool) (st local.Status, stop func(context.Context) error, err error) {
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
	said := &early{Handler: slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})}
	// The server ends by stop, after the status is gone, not with ctx.
	server, err := emulator.Start(context.WithoutCancel(ctx), emulator.Options{
		Dir: filepath.Join(daemon.Dir, "state"), Docker: engine, DockerCommand: command,
		Rights: enforceIAM, Log: slog.New(said),
	})
	if err != nil {
		return st, nil, err
	}
	st = local.Status{EnforceIAM: enforceIAM, Warnings: said.told(), URL: server.URL(), TokenFile: server.TokenFile(), CAFile: server.CAFile(), Endpoints: server.Endpoints(), GcloudEnv: server.GcloudEnv(local.Project)}
	return st, server.Close, nil
}

// TokenOf is a token of another identity than the owner for emulators that run.
func TokenOf(st local.Status, member string) (string, error) {
	return emulator.TokenOf(st.TokenFile, member)
}

// PurgeEmulators removes what stopped emulators left: containers, the network,
// images of their registry and of their builds, and their folder.
func PurgeEmulators(ctx context.Context, d Deps) error {
	daemon, err := d.Emulators()
	if err != nil {
		return err
	}
	id, addr, err := emulator.Identity(filepath.Join(daemon.Dir, "state"))
	if err != nil {
		return err
	}
	if id != "" {
		engine, err := docker.New()
		if err != nil {
			return err
		}
		made, err := cloudbuild.Made(filepath.Join(daemon.Dir, "state", "cloudbuild"))
		if err != nil {
			return err
		}
		if err := purgeDocker(ctx, engine, id, addr, made); err != nil {
			return fmt.Errorf("removing what the emulators made: %w", err)
		}
	}
	return os.RemoveAll(daemon.Dir)
}

func purgeDocker(ctx context.Context, engine *docker.Client, id, addr string, made map[string][]string) error {
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
	for name, ids := range made {
		// The name may be somebody else's by now.
		img, ok, err := engine.InspectImage(ctx, name)
		if err != nil {
			return err
		}
		if ok && slices.Contains(ids, img.ID) {
			refs = append(refs, name)
		}
	}
	for _, ref := range append(refs, cloudbuild.DockerBuilder(id)) {
		if err := engine.RemoveImage(ctx, ref); err != nil {
			return err
		}
	}
	return nil
}
