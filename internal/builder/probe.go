package builder

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ask"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// How long an app may listen in the wrong place before the probe gives up on
// it. A port that only loopback can reach will hardly change; another port may
// be a side door that opens before the main one.
const (
	patienceLoopback = 5 * time.Second
	patienceOther    = time.Minute
)

// probed is what the probe tells the start step, as one line of JSON.
type probed struct {
	Listens bool           `json:"listens"`
	Others  []string       `json:"others,omitempty"` // where it listens instead, host:port
	Reply   ask.Reply      `json:"reply"`            // what came when it was asked
	Gone    []string       `json:"gone,omitempty"`   // processes that ended just after that
	InOrder bool           `json:"in_order"`         // all is as it should be
	at      netip.AddrPort // where it listens

	Ready     bool  `json:"ready,omitempty"`     // it has not looked yet: it is there before the app
	Listening int64 `json:"listening,omitempty"` // when it was seen to listen, in nanoseconds since 1970
	Answered  int64 `json:"answered,omitempty"`  // when the first answer came that was wanted: told at once, in a line of its own, too
}

// ProbeOptions are what the probe looks for.
type ProbeOptions struct {
	Port    int
	Timeout time.Duration
	Answer  plan.Answer
	// Exact says that the probe is there before the app, says so, and looks so often that
	// its times are exact.
	Exact bool
}

// Probe waits until something listens on the port in its own network namespace,
// on an address that can be reached from outside, and answers there as it should.
// What it found goes to out as one line of JSON; it is an error when that is not
// in order.
func Probe(ctx context.Context, o ProbeOptions, out io.Writer) error {
	return probe(ctx, o, []string{"/proc/net/tcp", "/proc/net/tcp6"}, "/proc", out)
}

func probe(ctx context.Context, o ProbeOptions, tables []string, processes string, out io.Writer) error {
	if o.Port < 1 || o.Port > 65535 {
		return errs.New(errs.Usage, "", "port %d is not between 1 and 65535", o.Port)
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	most := slowest
	if o.Exact {
		most = exact
		if err := say(out, probed{Ready: true}); err != nil {
			return err
		}
	}
	result := listening(ctx, tables, o.Port, most)
	if result.Listens {
		result.Listening = time.Now().UnixNano()
		answering(ctx, &result, o, processes, out)
	}
	if err := say(out, result); err != nil {
		return err
	}
	if !result.InOrder {
		return errs.New(errs.Build, "", "nothing answers on 0.0.0.0:%d as it should", o.Port)
	}
	return nil
}

// say writes what the start step reads.
func say(out io.Writer, p probed) error {
	line, err := json.Marshal(p)
	if err == nil {
		_, err = fmt.Fprintf(out, "%s\n", line)
	}
	return err
}

// How long a probe waits at most before it looks again: it is not to take from the app
// what that could start with.
const (
	slowest = 50 * time.Millisecond
	exact   = 5 * time.Millisecond
)

// listening waits until something listens on the port, or hopelessly elsewhere.
func listening(ctx context.Context, tables []string, port int, most time.Duration) (result probed) {
	var since time.Duration // since when it listens elsewhere, in pauses
	for pause := 2 * time.Millisecond; ; pause = min(pause*3/2, most) {
		result = look(tables, port)
		if result.Listens || ctx.Err() != nil {
			return result
		}
		if since += pause; len(result.Others) == 0 {
			since = 0
		} else if since > patience(result.Others, port) {
			return result
		}
		sleep(ctx, pause)
	}
}

// sleep waits for a while, or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// patience is how long to wait while the app listens only elsewhere.
func patience(others []string, port int) time.Duration {
	for _, o := range others {
		if strings.HasSuffix(o, ":"+strconv.Itoa(port)) {
			return patienceLoopback
		}
	}
	return patienceOther
}

// look reads who listens now.
func look(tables []string, port int) probed {
	var p probed
	for _, name := range tables {
		f, err := os.Open(name)
		if err != nil {
			continue // a kernel without IPv6 has no tcp6
		}
		for _, a := range listeners(f) {
			switch {
			case int(a.Port()) == port && !a.Addr().IsLoopback():
				p.Listens, p.at = true, a
			case a.Addr() != dockerDNS:
				p.Others = append(p.Others, net.JoinHostPort(a.Addr().String(), strconv.Itoa(int(a.Port()))))
			}
		}
		f.Close()
	}
	slices.Sort(p.Others)
	p.Others = slices.Compact(p.Others)
	return p
}

// dockerDNS is Docker's own resolver in a container's namespace.
var dockerDNS = netip.AddrFrom4([4]byte{127, 0, 0, 11})

// listeners reads the listening sockets of a table like /proc/net/tcp; lines
// of another form are left out.
func listeners(r io.Reader) (list []netip.AddrPort) {
	for s := bufio.NewScanner(r); s.Scan(); {
		f := strings.Fields(s.Text())
		if len(f) < 4 || f[3] != "0A" { // TCP_LISTEN
			continue
		}
		if a, ok := parseAddress(f[1]); ok {
			list = append(list, a)
		}
	}
	return list
}

// parseAddress reads ADDRESS:PORT in hex, where each four bytes of the address
// are a number in the machine's own order.
func parseAddress(s string) (netip.AddrPort, bool) {
	host, port, ok := strings.Cut(s, ":")
	b, err := hex.DecodeString(host)
	n, perr := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || perr != nil || (len(b) != 4 && len(b) != 16) {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	addr, ok := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), ok
}
