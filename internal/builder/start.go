package builder

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/serving"
)

// StartOptions say what to start and how. Image and Builder are required.
type StartOptions struct {
	Image    string            // of the app
	Builder  string            // of this program: the probe runs in it
	Env      map[string]string // the service's plain variables, then the test's
	Contract release.Contract
	Answer   plan.Answer
	Timeout  time.Duration     // 0 = 240 s
	Labels   map[string]string // of the containers, to find them after a kill
	Pull     Pull              // of Image
	// Exact says that the time to the first answer matters: the probe is there before the
	// app, which nothing else holds up then, and does not see the app's processes.
	Exact bool

	profiled *profiled // nil = it is started as it is
}

// Start runs the app image as the target does, and sees it answer on its port,
// from the container's own network namespace. What it says goes to out; its
// error is of kind Build when the app is to blame.
func Start(ctx context.Context, d *docker.Client, o StartOptions, out io.Writer) (plan.Started, error) {
	o.Timeout = cmp.Or(o.Timeout, 240*time.Second)
	o.Answer = asks(o.Answer, o.Contract)
	if _, err := here(ctx, d, o.Image, o.Pull); err != nil {
		return plan.Started{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	name := "gcpdeploy-start-" + strings.ToLower(rand.Text())[:10]
	a := attempt{docker: d, o: o, out: out, watchers: &sync.WaitGroup{}}
	app := docker.Container{
		Name: name, Image: o.Image, Env: contractEnv(o.Contract, o.Env), Labels: o.Labels,
		Memory: o.Contract.Memory.Bytes, CPUs: min(o.Contract.CPUs, float64(runtime.NumCPU())),
	}
	probe := docker.Container{
		Image: o.Builder, Labels: o.Labels,
		Cmd: []string{
			"step", "probe", "--port", strconv.Itoa(o.Contract.Port), "--timeout", o.Timeout.String(),
			"--protocol", o.Answer.Protocol, "--path", o.Answer.Path, "--status", strconv.Itoa(o.Answer.Status),
		},
	}
	if o.Exact {
		probe.Name, probe.Cmd = name+"-probe", append(probe.Cmd, "--exact")
		app.Network = "container:" + probe.Name
	} else {
		probe.Network, probe.PID = "container:"+name, "container:"+name
	}
	o.profiled.wrap(&app)
	defer func() {
		cancel()
		a.watchers.Wait()
		a.clean(ctx)
	}()
	var err error
	if a.app, err = d.Create(ctx, app); err == nil {
		err = o.profiled.put(ctx, d, a.app)
	}
	if err != nil {
		return plan.Started{}, err
	}
	started, err := a.run(ctx, probe)
	if lacks := o.Contract.Lacks; errs.KindOf(err) == errs.Build && len(lacks) > 0 {
		err = errs.New(errs.Build, errs.HintOf(err)+" If it needs what is not there, `start: false` turns this check off.", "%w; this check is without %s", err, strings.Join(lacks, ", "))
	}
	return started, err
}

// attempt is one start under way.
type attempt struct {
	docker     *docker.Client
	o          StartOptions
	out        io.Writer
	app, probe string // container ids
	watchers   *sync.WaitGroup
	answered   time.Time // when an exact probe told that; to be read once it has ended
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

// grace is how long the app's own end is waited for where something else says
// first that it fails: how it ended is the better reason.
const grace = time.Second

// lost is how long that is waited for where the probe could not begin: it cannot live
// without the app, whose end a busy Docker tells late.
const lost = 20 * time.Second

// run starts both and waits for what comes first: the app answers, it ends, its
// log says that it fails, or the probe gives up.
func (a *attempt) run(ctx context.Context, container docker.Container) (plan.Started, error) {
	ready := make(chan struct{}, 1)
	probe := make(chan probed, 1)
	failed := make(chan error, 1)
	watch := func() { a.watchers.Go(func() { a.watchProbe(ctx, container, ready, probe, failed) }) }
	if a.o.Exact {
		watch()
		select {
		case <-ready:
		case err := <-failed:
			return plan.Started{}, err
		case <-ctx.Done():
			return plan.Started{}, context.Cause(ctx)
		}
	}
	begin := time.Now()
	if err := a.docker.Start(ctx, a.app); err != nil {
		// The daemon says here that the entrypoint does not exist.
		return plan.Started{}, errs.New(errs.Build, "Check the entrypoint.", "starting the app: %w", err)
	}
	appEnd := a.wait(ctx, a.app)
	dying := a.watchLog(ctx)
	if !a.o.Exact {
		watch()
	}
	select {
	case p := <-probe:
		if line := a.failing(ctx); line != "" { // although another worker may answer
			return plan.Started{}, a.workersFail(ctx, line)
		}
		if p.InOrder {
			return a.inOrder(p, begin), a.o.profiled.take(ctx, a, p, begin)
		}
		select { // why it does not answer is better known when it has ended
		case e := <-appEnd:
			return plan.Started{}, a.appEnded(ctx, e)
		default:
		}
		return plan.Started{}, a.notInOrder(ctx, p)
	case e := <-appEnd:
		return plan.Started{}, a.appEnded(ctx, e)
	case line := <-dying:
		select { // so that its output is whole
		case <-appEnd:
		case <-time.After(grace):
		}
		return plan.Started{}, a.workersFail(ctx, line)
	case err := <-failed:
		// The probe cannot live without the app.
		select {
		case e := <-appEnd:
			return plan.Started{}, a.appEnded(ctx, e)
		case <-time.After(lost):
			return plan.Started{}, err
		}
	case <-ctx.Done():
		return plan.Started{}, context.Cause(ctx)
	}
}

// inOrder says how the app answered.
func (a *attempt) inOrder(p probed, begin time.Time) plan.Started {
	var s plan.Started
	after := time.Since(begin)
	if a.o.Exact {
		after = a.answered.Sub(begin) // by one clock, whichever Docker's machine has
		s.Seconds = after.Seconds()
	}
	says := fmt.Sprintf("listens on %d", a.o.Contract.Port)
	if p.Reply.Status != 0 {
		says += ", answers " + a.question(p)
	}
	if a.o.Answer.Doubts(p.Reply.Status) {
		s.Warning = "the app answers " + a.question(p) + because(p.Reply.Line)
	}
	if len(p.Gone) > 0 {
		s.Warning = strings.TrimPrefix(s.Warning+"; ", "; ") + "processes of the app ended just after its first answer: " + strings.Join(p.Gone, ", ")
	}
	if s.Warning != "" {
		fmt.Fprintln(a.out, "warning: "+s.Warning)
	}
	digits := 1
	if a.o.Exact {
		digits = 2
	}
	fmt.Fprintf(a.out, "%s after %.*fs\n", says, digits, after.Seconds())
	return s
}

// showOutput prints the end of what the app wrote, and gives the exception that
// it tells of, as the end of a sentence.
func (a *attempt) showOutput(ctx context.Context) (cause string) {
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
	return because(serving.Raised(text.String()))
}
