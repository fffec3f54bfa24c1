package builder

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// serviceLimit is how long a service of the tests may take until it can be used.
const serviceLimit = 2 * time.Minute

var errNotReady = errors.New("it could not be used in time")

// services are what runs beside the tests.
type services struct {
	docker  *docker.Client
	o       TestOptions
	out     io.Writer
	network string
	all     []service
}

type service struct {
	config.TestService
	id, ip string
}

// startServices starts what the tests need on a network of their own, and waits until
// it can be used. What it gives is to be stopped, also where it fails.
func startServices(ctx context.Context, d *docker.Client, o TestOptions, out io.Writer) (*services, error) {
	s := &services{docker: d, o: o, out: out, network: "gcpdeploy-test-" + strings.ToLower(rand.Text())[:10]}
	if err := d.EnsureNetwork(ctx, s.network, o.Labels); err != nil {
		return s, err
	}
	s.all = make([]service, len(o.Services))
	begin := time.Now()
	g, gctx := errgroup.WithContext(ctx)
	for n, want := range o.Services {
		s.all[n].TestService = want
		g.Go(func() error {
			one := &s.all[n]
			if err := s.start(gctx, one); err != nil {
				return err
			}
			return s.ready(gctx, one)
		})
	}
	if err := g.Wait(); err != nil {
		if ctx.Err() == nil {
			s.showLogs(ctx)
		}
		return s, err
	}
	for _, one := range s.all {
		fmt.Fprintf(out, "%s: %s listens on %d after %.1fs\n", one.Name, one.Image, one.Port, time.Since(begin).Seconds())
	}
	return s, nil
}

// start makes sure of the image, and starts its container.
func (s *services) start(ctx context.Context, one *service) error {
	img, ok, err := s.docker.InspectImage(ctx, one.Image)
	if err == nil && !ok {
		pull := func(ctx context.Context, ref string) error { return s.docker.Pull(ctx, ref, docker.Auth{}) }
		if repository := path.Dir(strings.SplitN(s.o.Image, ":run-", 2)[0]); s.o.Pull != nil && strings.HasPrefix(one.Image, repository+"/") {
			pull = s.o.Pull
		}
		if err = pull(ctx, one.Image); err == nil {
			img, _, err = s.docker.InspectImage(ctx, one.Image)
		}
	}
	if err != nil {
		return errs.New(errs.KindOf(err), errs.HintOf(err), "test.services.%s: %w", one.Name, err)
	}
	known := usual[imageName(one.Image)]
	switch {
	case one.Port != 0:
	case known.port != 0:
		one.Port = known.port
	case len(img.Ports) == 1:
		one.Port = img.Ports[0]
	default:
		return errs.New(errs.Build, "Set test.services."+one.Name+".port.", "test.services.%s: the image %s does not say on which one port it listens", one.Name, one.Image)
	}
	one.id, err = s.docker.Create(ctx, docker.Container{
		Name: s.network + "-" + one.Name, Image: one.Image, Env: envLines(known.over(one.Env)), Labels: s.o.Labels, Network: s.network,
	})
	if err == nil {
		err = s.docker.Start(ctx, one.id)
	}
	if err != nil {
		return errs.New(errs.Build, "", "test.services.%s: %w", one.Name, err)
	}
	state, err := s.docker.Inspect(ctx, one.id)
	one.ip = state.IP
	return err
}

// ready waits until a service can be used: until its command says so, or the check of
// its image, or until it listens.
func (s *services) ready(ctx context.Context, one *service) error {
	ctx, cancel := context.WithTimeoutCause(ctx, serviceLimit, errNotReady)
	defer cancel()
	last := ""
	err := poll.Until(ctx, poll.System, poll.Backoff{Initial: 100 * time.Millisecond, Factor: 1.5, Max: time.Second}, func(ctx context.Context) (bool, error) {
		state, err := s.docker.Inspect(ctx, one.id)
		switch {
		case err != nil:
			return false, err
		case !state.Running:
			return false, errs.New(errs.Build, "See its output above.", "test.services.%s: %s ended with exit code %d before it could be used", one.Name, one.Image, state.ExitCode)
		case len(one.Ready) > 0:
			exit, text, err := s.docker.Exec(ctx, one.id, one.Ready)
			last = fmt.Sprintf("; %s ended with %d: %.300s", strings.Join(one.Ready, " "), exit, bytes.TrimSpace(text))
			return err == nil && exit == 0, err
		case state.Health != "" && state.Health != "none":
			last = "; its image's check says " + state.Health
			return state.Health == "healthy", nil
		}
		return s.listens(ctx, one)
	})
	if errors.Is(err, errNotReady) {
		return errs.New(errs.Build, "See its output above; test.services."+one.Name+".ready is a command that says when it can be used.",
			"test.services.%s: %s could not be used within %s%s", one.Name, one.Image, serviceLimit, last)
	}
	return err
}

// listens asks from within the service's own network, by this program's image.
func (s *services) listens(ctx context.Context, one *service) (bool, error) {
	var said, stderr bytes.Buffer
	_, err := s.docker.Run(ctx, docker.Container{
		Image: s.o.Builder, Network: "container:" + one.id, PID: "container:" + one.id, Labels: s.o.Labels,
		Cmd: []string{"step", "probe", "--port", strconv.Itoa(one.Port), "--timeout", serviceLimit.String(), "--protocol", config.TCP, "--path", "", "--status", "0"},
	}, &said, &stderr)
	if err != nil {
		if state, serr := s.docker.Inspect(ctx, one.id); serr == nil && !state.Running {
			return false, nil // which is told
		}
		return false, err
	}
	var r probed
	if json.Unmarshal(said.Bytes(), &r) != nil {
		return false, nil
	}
	if !r.InOrder && len(r.Others) > 0 {
		return false, errs.New(errs.Build, "Set test.services."+one.Name+".port.", "test.services.%s: %s listens on %s, not on %d", one.Name, one.Image, strings.Join(r.Others, ", "), one.Port)
	}
	return r.InOrder, nil
}

// env are the variables of the tests, with the addresses of the services: DB_HOST and
// DB_PORT of db, where nobody says otherwise.
func (s *services) env(own map[string]string) map[string]string {
	env := map[string]string{}
	for _, one := range s.all {
		name := strings.ToUpper(strings.ReplaceAll(one.Name, "-", "_"))
		env[name+"_HOST"], env[name+"_PORT"] = one.Name, strconv.Itoa(one.Port)
	}
	maps.Copy(env, own)
	return env
}

// hosts are the names by which the tests find the services.
func (s *services) hosts() (all []string) {
	for _, one := range s.all {
		all = append(all, one.Name+":"+one.ip)
	}
	return all
}

// showLogs prints the end of what the services wrote.
func (s *services) showLogs(ctx context.Context) {
	for _, one := range s.all {
		if one.id == "" {
			continue
		}
		var stdout, stderr bytes.Buffer
		if err := s.docker.LogStream(ctx, one.id, docker.LogOptions{Tail: shownLines}, &stdout, &stderr); err != nil {
			fmt.Fprintf(s.out, "the output of %s could not be read: %v\n", one.Name, err)
			continue
		}
		for _, text := range []string{stdout.String(), stderr.String()} {
			for line := range strings.Lines(text) {
				fmt.Fprintf(s.out, "%s: %s\n", one.Name, strings.TrimRight(line, "\n"))
			}
		}
	}
}

// stop removes the services with their network, also after a cancel.
func (s *services) stop(ctx context.Context) {
	for _, one := range s.all {
		if one.id != "" {
			remove(ctx, s.docker, one.id, s.out)
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := s.docker.RemoveNetwork(ctx, s.network); err != nil {
		fmt.Fprintf(s.out, "cleaning up: %v\n", err)
	}
}
