package builder

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ask"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

const (
	// moment is how long an app has to go on once it is in order.
	moment = 400 * time.Millisecond
	// patienceDropped is for an app that takes connections and drops them: a
	// server whose workers come up later lets them wait instead.
	patienceDropped = 10 * time.Second
)

// answering asks what listens until it answers as it should, and sees it go on
// for a moment.
func answering(ctx context.Context, p *probed, o ProbeOptions, processes string, out io.Writer) {
	if o.Answer.Protocol != config.TCP {
		p.Reply = asked(ctx, p.at, o)
		if !o.Answer.Takes(p.Reply.Status) {
			return
		}
	}
	p.Answered = time.Now().UnixNano()
	if o.Exact {
		_ = say(out, probed{Answered: p.Answered}) // who does not hear it does not hear the rest
	}
	before := running(processes)
	sleep(ctx, moment)
	p.Gone = gone(before, running(processes))
	p.InOrder = true
	if o.Answer.Protocol == config.TCP || len(p.Gone) == 0 && !o.Answer.Doubts(p.Reply.Status) {
		return
	}
	// It may have failed since, or be in order only now.
	p.Reply = asked(ctx, p.at, o)
	p.InOrder = o.Answer.Takes(p.Reply.Status)
}

// asked asks until the answer is a wanted one, or will hardly become one.
func asked(ctx context.Context, at netip.AddrPort, o ProbeOptions) (r ask.Reply) {
	want, most := o.Answer, 500*time.Millisecond
	if o.Exact {
		most = 2 * exact
	}
	var dropped time.Duration // for how long, in pauses
	for pause := 2 * exact; ; pause = min(pause*3/2, most) {
		last := r
		r = once(ctx, at, want)
		switch {
		case ctx.Err() != nil:
			return last // which says more than that time is up
		case want.Takes(r.Status), r.Foreign, r.Status != 0 && r.Status < 500:
			return r
		}
		if dropped += pause; r.Status != 0 {
			dropped = 0 // it is up, and not yet ready
		} else if dropped > patienceDropped {
			return r
		}
		sleep(ctx, pause)
	}
}

// once asks where it can be reached.
func once(ctx context.Context, at netip.AddrPort, want plan.Answer) (r ask.Reply) {
	for _, addr := range reachable(at.Addr()) {
		to := netip.AddrPortFrom(addr, at.Port()).String()
		if want.Protocol == config.GRPC {
			r = ask.GRPC(ctx, to)
		} else {
			r = ask.HTTP(ctx, ask.Question{URL: "http://" + to + want.URLPath(), Host: net.JoinHostPort("localhost", strconv.Itoa(int(at.Port())))})
		}
		if r.Sent {
			break
		}
	}
	return r
}

// reachable are the addresses to ask at what listens on one. What listens on every
// address of IPv6 mostly does so of IPv4, and a container may be without IPv6.
func reachable(a netip.Addr) []netip.Addr {
	v4, v6 := netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()
	switch a {
	case netip.IPv4Unspecified():
		return []netip.Addr{v4}
	case netip.IPv6Unspecified():
		return []netip.Addr{v6, v4}
	}
	return []netip.Addr{a}
}

// running are the processes in a /proc, without this one: PID to name.
func running(proc string) map[int]string {
	found := map[int]string{}
	stats, _ := filepath.Glob(filepath.Join(proc, "[0-9]*", "stat")) // the pattern is a good one
	for _, file := range stats {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil || pid == os.Getpid() {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// PID (NAME) STATE …, where the name may hold brackets.
		text := string(data)
		open, end := strings.IndexByte(text, '('), strings.LastIndex(text, ") ")
		if open >= 0 && end > open && !strings.HasPrefix(text[end+2:], "Z") {
			found[pid] = text[open+1 : end]
		}
	}
	return found
}

// gone are the processes that are there no more.
func gone(before, now map[int]string) (names []string) {
	for pid, name := range before {
		if _, stays := now[pid]; !stays {
			names = append(names, name+" (pid "+strconv.Itoa(pid)+")")
		}
	}
	slices.Sort(names)
	return names
}
