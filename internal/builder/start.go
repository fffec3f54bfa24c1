package builder

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// StartOptions say what to start and how. Image and Builder are required.
type StartOptions struct {
	Image    string            // of the app
	Builder  string            // of this program: the probe runs in it
	Env      map[string]string // the service's plain variables, then the test's
	Contract release.Contract
	Timeout  time.Duration     // 0 = 240 s
	Labels   map[string]string // of the containers, to find them after a kill
}

// shownLines is how much of the app's output a failure shows.
const shownLines = 200

// Start runs the app image as the target does, and sees it listen on its port,
// from the container's own network namespace. What it says goes to out; its
// error is of kind Build when the app is to blame.
func Start(ctx context.Context, d *docker.Client, o StartOptions, out io.Writer) error {
	o.Timeout = cmp.Or(o.Timeout, 240*time.Second)
	name := "gcpdeploy-start-" + strings.ToLower(rand.Text())[:10]
	a := attempt{docker: d, o: o, out: out}
	app := docker.Container{
		Name: name, Image: o.Image, Env: contractEnv(o.Contract, o.Env), Labels: o.Labels,
		Memory: o.Contract.Memory.Bytes, CPUs: min(o.Contract.CPUs, float64(runtime.NumCPU())),
	}
	probe := docker.Container{
		Image: o.Builder, Network: "container:" + name, Labels: o.Labels,
		Cmd: []string{"step", "probe", "--port", strconv.Itoa(o.Contract.Port), "--timeout", o.Timeout.String()},
	}
	defer func() { a.clean(ctx) }()
	if err := a.create(ctx, app, probe); err != nil {
		return err
	}
	return a.run(ctx)
}

// attempt is one start under way.
type attempt struct {
	docker     *docker.Client
	o          StartOptions
	out        io.Writer
	app, probe string // container ids
}

// create makes both containers at once: the second one only names the first.
func (a *attempt) create(ctx context.Context, app, probe docker.Container) error {
	var g errgroup.Group
	g.Go(func() (err error) { a.app, err = a.docker.Create(ctx, app); return err })
	g.Go(func() (err error) { a.probe, err = a.docker.Create(ctx, probe); return err })
	return g.Wait()
}

// clean removes the containers, also after a cancel.
func (a *attempt) clean(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	var g errgroup.Group
	for _, id := range []string{a.probe, a.app} {
		if id != "" {
			g.Go(func() error { return a.docker.Remove(ctx, id) })
		}
	}
	if err := g.Wait(); err != nil {
		fmt.Fprintf(a.out, "cleaning up: %v\n", err)
	}
}

// ended is the end of a container.
type ended struct {
	code int
	err  error
}

func (a *attempt) wait(ctx context.Context, id string) <-chan ended {
	c := make(chan ended, 1)
	go func() {
		code, err := a.docker.Wait(ctx, id)
		c <- ended{code, err}
	}()
	return c
}

// run starts both and waits for what comes first: the app listens, it ends, or
// the probe gives up.
func (a *attempt) run(ctx context.Context) error {
	begin := time.Now()
	if err := a.docker.Start(ctx, a.app); err != nil {
		// The daemon says here that the entrypoint does not exist.
		return errs.New(errs.Build, "Check the entrypoint.", "starting the app: %w", err)
	}
	appEnd := a.wait(ctx, a.app)
	probe := make(chan probed, 1)
	failed := make(chan error, 1)
	go func() { a.watchProbe(ctx, probe, failed) }()
	for {
		select {
		case p := <-probe:
			if p.Listens {
				fmt.Fprintf(a.out, "listens on %d after %.1fs\n", a.o.Contract.Port, time.Since(begin).Seconds())
				return nil
			}
			select { // why it does not listen is better known when it has ended
			case e := <-appEnd:
				return a.appEnded(ctx, e)
			default:
			}
			a.showOutput(ctx)
			return a.silent(p)
		case e := <-appEnd:
			return a.appEnded(ctx, e)
		case err := <-failed:
			// Starting the probe fails when the app has just ended: that is the reason to give.
			select {
			case e := <-appEnd:
				return a.appEnded(ctx, e)
			case <-time.After(time.Second):
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// watchProbe starts the probe and reports its line as soon as it is there.
func (a *attempt) watchProbe(ctx context.Context, found chan<- probed, failed chan<- error) {
	if err := a.docker.Start(ctx, a.probe); err != nil {
		failed <- fmt.Errorf("starting the probe: %w", err)
		return
	}
	var stderr bytes.Buffer
	line := &firstLine{found: found}
	if err := a.docker.Logs(ctx, a.probe, true, line, &stderr); err != nil {
		failed <- fmt.Errorf("reading the probe: %w", err)
	} else if !line.done {
		failed <- errs.New(errs.Internal, "", "the probe said nothing: %.500s", strings.TrimSpace(stderr.String()))
	}
}

// firstLine sends the first line that is written, which is the probe's JSON.
type firstLine struct {
	found chan<- probed
	text  []byte
	done  bool
}

func (l *firstLine) Write(p []byte) (int, error) {
	l.text = append(l.text, p...)
	if line, _, ok := bytes.Cut(l.text, []byte("\n")); ok && !l.done {
		var r probed
		if err := json.Unmarshal(line, &r); err != nil {
			return 0, fmt.Errorf("the probe said %.200q: %w", line, err)
		}
		l.done = true
		l.found <- r
	}
	return len(p), nil
}

// appEnded says how the app ended.
func (a *attempt) appEnded(ctx context.Context, e ended) error {
	if e.err != nil {
		return e.err
	}
	a.showOutput(ctx)
	if s, err := a.docker.Inspect(ctx, a.app); err == nil && s.OOMKilled {
		m := a.o.Contract.Memory
		return errs.New(errs.Build, "Raise "+m.Key+".", "the app needed more memory than its limit of %s while starting", m.Text)
	}
	return errs.New(errs.Build, "See the app's own output above; `start: false` releases without this check.",
		"the app exited with code %d before it listened on port %d", e.code, a.o.Contract.Port)
}

// silent says what the app did instead of listening where it should.
func (a *attempt) silent(p probed) error {
	if len(p.Others) == 0 {
		return errs.New(errs.Build, fmt.Sprintf("Make the app listen on 0.0.0.0:$PORT (%d); raise start_timeout if it needs longer, or set `start: false` if it cannot start without its surroundings.", a.o.Contract.Port),
			"the app did not listen on 0.0.0.0:%d within %v", a.o.Contract.Port, a.o.Timeout)
	}
	for _, o := range p.Others {
		if at, err := netip.ParseAddrPort(o); err == nil && int(at.Port()) == a.o.Contract.Port {
			return errs.New(errs.Build, fmt.Sprintf("Make the app listen on 0.0.0.0:%d instead of %s.", a.o.Contract.Port, o),
				"the app listens only on %s, where %s cannot reach it", o, a.o.Contract.Title)
		}
	}
	where := strings.Join(p.Others, ", ")
	hint := fmt.Sprintf("Make the app listen on 0.0.0.0:$PORT (%d)", a.o.Contract.Port)
	if key := a.o.Contract.PortKey; key != "" {
		hint += "; or set " + key + " to the port it uses"
	}
	return errs.New(errs.Build, hint+".",
		"the app listens on %s instead of 0.0.0.0:%d", where, a.o.Contract.Port)
}

// showOutput prints the end of what the app wrote.
func (a *attempt) showOutput(ctx context.Context) {
	var text bytes.Buffer
	err := a.docker.LogStream(ctx, a.app, docker.LogOptions{Tail: shownLines}, &text, &text)
	switch {
	case err != nil:
		fmt.Fprintf(a.out, "the app's output could not be read: %v\n", err)
	case text.Len() == 0:
		fmt.Fprintln(a.out, "the app wrote nothing")
	default:
		fmt.Fprintf(a.out, "the app's output:\n%s\n", bytes.TrimRight(text.Bytes(), "\n"))
	}
}
