package docker

import (
	"context"
	"io"
	"net/netip"
	"strconv"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Container says what to create. Zero fields leave the image's or the
// engine's default.
type Container struct {
	Image, Name            string
	Entrypoint, Cmd        []string // setting Entrypoint also drops the image's Cmd
	Env                    []string // NAME=value
	Binds                  []string // host:container[:ro]
	Hosts                  []string // name:address, known to it beside its network's names
	WorkDir, User, Network string   // Network: "", "host", a network's name, "container:<id>"
	PID                    string   // whose processes it sees: "" its own, "container:<id>"
	VolumesFrom            []string // container id[:ro]
	Volumes                []Volume // of its own, that go with it
	Labels                 map[string]string
	PublishPort            int     // container port to publish on a free port of 127.0.0.1; 0 = none
	Memory                 int64   // bytes, without swap; 0 = no limit
	CPUs                   float64 // 0 = no limit
	Privileged             bool
	Grace                  time.Duration // that Run leaves it to end by itself when cancelled; 0 = it is killed at once
}

// What every container may take of the machine, whatever it runs: processes with
// their threads, and disk for its log, of which the newest is kept.
const (
	MaxPids     = 4096
	maxLogSize  = "20m"
	maxLogFiles = "3"
)

// Create makes a container and does not start it.
func (c *Client) Create(ctx context.Context, k Container) (string, error) {
	cfg := &container.Config{
		Image: k.Image, Entrypoint: k.Entrypoint, Cmd: k.Cmd, Env: k.Env, WorkingDir: k.WorkDir, User: k.User,
		Labels: k.Labels, AttachStdout: true, AttachStderr: true,
	}
	host := &container.HostConfig{
		Binds: k.Binds, ExtraHosts: k.Hosts, VolumesFrom: k.VolumesFrom, NetworkMode: container.NetworkMode(k.Network), PidMode: container.PidMode(k.PID), Privileged: k.Privileged,
		// The only driver that every engine can read back from, also what it rotated.
		LogConfig: container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": maxLogSize, "max-file": maxLogFiles}},
	}
	for _, v := range k.Volumes {
		host.Mounts = append(host.Mounts, v.mount())
	}
	pids := int64(MaxPids)
	host.PidsLimit = &pids
	host.Memory, host.MemorySwap = k.Memory, k.Memory
	host.NanoCPUs = int64(k.CPUs * 1e9)
	if k.PublishPort != 0 {
		port, err := network.ParsePort(strconv.Itoa(k.PublishPort))
		if err != nil {
			return "", errs.New(errs.Usage, "", "publishing port %d: %w", k.PublishPort, err)
		}
		cfg.ExposedPorts = network.PortSet{port: {}}
		host.PortBindings = network.PortMap{port: {{HostIP: netip.AddrFrom4([4]byte{127, 0, 0, 1})}}}
	}
	res, err := c.api.ContainerCreate(ctx, client.ContainerCreateOptions{Config: cfg, HostConfig: host, Name: k.Name})
	if err != nil {
		return "", wrap(err, "creating a container of "+k.Image)
	}
	return res.ID, nil
}

// Start starts a created or stopped container.
func (c *Client) Start(ctx context.Context, id string) error {
	_, err := c.api.ContainerStart(ctx, id, client.ContainerStartOptions{})
	return wrap(err, "starting container "+short(id))
}

// Wait returns the exit code of a started container once it has stopped.
func (c *Client) Wait(ctx context.Context, id string) (int, error) {
	return c.await(ctx, id, c.api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning}))
}

// await reads the answer of a wait call.
func (c *Client) await(ctx context.Context, id string, w client.ContainerWaitResult) (int, error) {
	select {
	case res := <-w.Result:
		if res.Error != nil && res.Error.Message != "" {
			return 0, errs.New(errs.Internal, "", "waiting for container %s: %s", short(id), res.Error.Message)
		}
		return int(res.StatusCode), nil
	case err := <-w.Error:
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return 0, wrap(err, "waiting for container "+short(id))
	}
}

// Run creates a container, copies its output while it runs, and removes it.
// The streams may be nil, and may be one and the same writer. When ctx ends
// the container is stopped within its Grace and removed, and the context's
// cause is returned.
func (c *Client) Run(ctx context.Context, k Container, stdout, stderr io.Writer) (exit int, err error) {
	id, err := c.Create(ctx, k)
	if err != nil {
		return 0, err
	}
	defer func() {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if ctx.Err() != nil && k.Grace > 0 {
			_ = c.Stop(clean, id, k.Grace)
		}
		if rerr := c.Remove(clean, id); err == nil {
			err = rerr
		}
	}()
	copied, detach, err := c.attach(ctx, id, stdout, stderr)
	if err != nil {
		return 0, err
	}
	defer detach()
	// The wait is in place before the start, so that no exit can be missed.
	w := c.api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNextExit})
	if err := c.Start(ctx, id); err != nil {
		return 0, err
	}
	if exit, err = c.await(ctx, id, w); err != nil {
		return 0, err
	}
	select { // the stream ends with the container; its rest may still be under way
	case err = <-copied:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	return exit, wrap(err, "reading the output of container "+short(id))
}

// attach copies a container's output until it ends; its result is sent once.
func (c *Client) attach(ctx context.Context, id string, stdout, stderr io.Writer) (<-chan error, func(), error) {
	res, err := c.api.ContainerAttach(ctx, id, client.ContainerAttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		return nil, nil, wrap(err, "attaching to container "+short(id))
	}
	done := make(chan error, 1)
	go func() {
		_, err := stdcopy.StdCopy(orDiscard(stdout), orDiscard(stderr), res.Reader)
		done <- err
	}()
	return done, res.Close, nil
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// short is a container's id as people see it.
func short(id string) string {
	if len(id) == 64 {
		return id[:12]
	}
	return id
}
