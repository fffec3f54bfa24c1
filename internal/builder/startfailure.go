package builder

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/ask"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// shownLines is how much of the app's output a failure shows.
const shownLines = 200

const ownOutput = "See the app's own output above; `start: false` releases without this check."

// appEnded says how the app ended.
func (a *attempt) appEnded(ctx context.Context, e ended) error {
	if e.err != nil {
		return e.err
	}
	cause := a.showOutput(ctx)
	if s, err := a.docker.Inspect(ctx, a.app); err == nil && s.OOMKilled {
		m := a.o.Contract.Memory
		return errs.New(errs.Build, "Raise "+m.Key+".", "the app needed more memory than its limit of %s while starting", m.Text)
	}
	return errs.New(errs.Build, ownOutput, "the app exited with code %d instead of serving on port %d%s", e.code, a.o.Contract.Port, cause)
}

// workersFail says which line of the app's log says that it does not start.
func (a *attempt) workersFail(ctx context.Context, line string) error {
	cause := a.showOutput(ctx)
	return errs.New(errs.Build, ownOutput, "the app does not start its workers, %q%s", line, cause)
}

// notInOrder says what the app did instead of answering.
func (a *attempt) notInOrder(ctx context.Context, p probed) error {
	cause := a.showOutput(ctx)
	port := a.o.Contract.Port
	switch r := p.Reply; {
	case !p.Listens:
		return a.silent(p)
	case r.HTTP2():
		return errs.New(errs.Build, "Write `start: {protocol: grpc}`.", "the app speaks HTTP/2 alone on port %d, as gRPC does", port)
	case r.Foreign:
		return errs.New(errs.Build, "Set start.protocol to what the app speaks: http, grpc, or tcp, for which it must only listen.",
			"the app answers on port %d, but not in %s: %s", port, strings.ToUpper(a.o.Answer.Protocol), r.Err)
	case r.Status != 0 && a.o.Contract.Ready.Path == a.o.Answer.Path && a.o.Answer.Path != "":
		return errs.New(errs.Build, "Mend it, or name a path that is answered with 200 as "+a.o.Contract.Ready.Key+".",
			"the app answers %s, and %s lets it serve once that is 200%s%s", a.question(p), a.o.Contract.Title, because(r.Line), cause)
	case r.Status != 0:
		return errs.New(errs.Build, "Mend it, or say under `start` which path and status to look for.",
			"the app answers %s; wanted is %s%s%s", a.question(p), a.o.Answer.Wants(), because(r.Line), cause)
	}
	return errs.New(errs.Build, "Raise start_timeout if it needs longer; an app that speaks no HTTP says so with `start: {protocol: tcp}` (or grpc).",
		"the app listens on port %d, and did not answer within %v%s%s", port, a.o.Timeout, because(p.Reply.Err), cause)
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

// question is what was asked, and the status that came.
func (a *attempt) question(p probed) string {
	if a.o.Answer.Protocol == config.GRPC {
		return "as gRPC does"
	}
	return status(a.o.Answer.URLPath(), p.Reply)
}

// status is a path with the status that it was answered with.
func status(path string, r ask.Reply) string {
	return path + " with " + r.String()
}

// because is a reason, where there is one, as the end of a sentence.
func because(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}
