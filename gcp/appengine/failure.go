package appengine

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// shownLines is how many of the newest lines of a version that failed are shown.
const shownLines = 50

// crashed begins an operation's error that has the container's last lines in it.
const crashed = "APP_CONTAINER_CRASHED"

// failed is the error of a version that did not come up: in App Engine's words, with the
// most probable cause. What the container wrote goes to tell, where it is not in the
// error and may be read. The version is removed: its machines would be billed.
func (d *deploy) failed(ctx context.Context, id string, f failed) error {
	log := ""
	if !strings.Contains(f.Message, crashed) {
		log = d.written(ctx, id)
	}
	why, hint := f.cause(log)
	left := d.remove(ctx, id)
	return errs.New(errs.Build, hint, "releasing %s: version %s: %s%s%s", d.s.Service, id, strings.TrimSpace(f.Message), why, left)
}

// written is the end of a version's log. Who may not read it does without.
func (d *deploy) written(ctx context.Context, id string) string {
	var all []string
	err := d.target.Logs(ctx, d.s, release.Query{Limit: shownLines, Revision: id}, func(l release.Line) error {
		all = append(all, l.Text)
		return nil
	})
	if err != nil || len(all) == 0 {
		return ""
	}
	d.tell("the container's log:")
	for _, text := range all {
		d.tell(text)
	}
	return strings.Join(all, "\n")
}

// remove has a version deleted, or else stopped: the only version of a service, and one
// with traffic, cannot be deleted. It gives what there is to say where neither is done.
func (d *deploy) remove(ctx context.Context, id string) (left string) {
	err := d.target.soon(ctx, deletion(d.s, id))
	if err == nil || gcp.Code(err) == codes.NotFound {
		return ""
	}
	if warning := d.target.stop(ctx, d.s, id); warning != "" {
		return "; " + warning
	}
	return ""
}

// patterns are what logs and errors of a version tell the cause by.
var patterns = sync.OnceValue(func() (p struct{ localhost, port, memory, network, ended *regexp.Regexp }) {
	p.localhost = regexp.MustCompile(`(?i)(?:listening|running|serving|started)\b[^\n]{0,80}?(?:127\.0\.0\.1|localhost|\[::1\])`)
	p.port = regexp.MustCompile(`(?i)(?:listening|running|serving|started)\b[^\n]{0,80}?(?:0\.0\.0\.0|\[::\]):([0-9]+)`)
	p.memory = regexp.MustCompile(`(?i)out of memory|OOMKilled|signal 9|was sent SIGKILL`)
	p.network = regexp.MustCompile(`global/networks/([a-z0-9-]+)' was not found`)
	p.ended = regexp.MustCompile(`(?m)^(?:[\w.]+(?:Error|Exception)|SystemExit)\b.*$`)
	return p
})

// cause is the most probable cause, as the end of a message, and what to do about it.
func (f failed) cause(log string) (why, hint string) {
	p, all := patterns(), f.Message+"\n"+log
	switch network := p.network.FindStringSubmatch(f.Message); {
	case network != nil:
		return "", "Set app_engine.network.name, and subnetwork_name where its subnetworks are custom: the project has no network " + network[1] + "."
	case strings.Contains(f.Message, "network provisioned"):
		return "", "Look at the VPC network of app_engine.network.name: its subnetwork needs free addresses, a route to the internet or Private Google Access, and no firewall rule against health checks."
	case p.memory.MatchString(all):
		return "; it ran out of memory", "Raise app_engine.resources.memory_gb."
	case p.localhost.MatchString(all):
		return "; it listens on localhost alone", fmt.Sprintf("Make the app listen on 0.0.0.0:$PORT (%d), where App Engine asks it.", port)
	}
	if end := p.ended.FindAllString(log, -1); end != nil {
		return "; it ended with " + strings.TrimSpace(end[len(end)-1]), "Mend that; the lines before it say where it comes from."
	}
	if at := p.port.FindStringSubmatch(all); at != nil && at[1] != fmt.Sprint(port) {
		return "; it listens on port " + at[1], fmt.Sprintf("Make the app listen on $PORT (%d): App Engine knows no other.", port)
	}
	switch {
	case strings.Contains(f.Message, crashed):
		return "", "Mend what the container says; `gcpdeploy logs` has more of it."
	case strings.Contains(f.Message, "failed to become healthy"):
		return "", fmt.Sprintf("See that app_engine.readiness_check.path answers 200 on port %d; an app that needs longer to start has app_engine.readiness_check.app_start_timeout_sec.", port)
	case codes.Code(f.Code) == codes.DeadlineExceeded, strings.Contains(f.Message, "infrastructure to become healthy"):
		return "", fmt.Sprintf("See that the app listens on 0.0.0.0:%d, that the network lets health checks in, and that the region's quota has the CPUs.", port)
	case strings.Contains(f.Message, "An internal error occurred"):
		return "", "Run again; where it stays so, delete versions that are not needed, and look at https://status.cloud.google.com."
	}
	return "", "Run `gcpdeploy logs` for the app's own output; what served before still does."
}

// ofFront begin what stands before the app in the place of an answer: the proxy on its
// machine, and Google's.
var ofFront = []string{"502 Bad Gateway", "503 Service Temporarily Unavailable", "504 Gateway Time-out", "502 Server Error", "Error: Server Error"}

// front says whether an answer is App Engine's own, in the place of the app's.
func front(status int, line string) bool {
	if status < 500 {
		return false
	}
	for _, text := range ofFront {
		if strings.HasPrefix(line, text) {
			return true
		}
	}
	return false
}
