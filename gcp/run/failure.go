package run

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// shownLines is how many of the newest lines of the revision that failed are shown.
const shownLines = 50

// failure is a rollout that did not end well, as far as Cloud Run tells.
type failure struct {
	revision string // "" = none was made
	text     string // why, in Cloud Run's words
	reasons  string // of the conditions that failed
	log      string // the end of what the container wrote
	d        Desired
}

// failed is the error of a rollout that did not end well: in the words of the
// revision that did not come up, with the most probable cause. The end of its log
// goes to progress, where it may be read.
func (c *Client) failed(ctx context.Context, d Desired, err error, progress func(string)) error {
	f := failure{d: d, text: gcp.Error(err, "the rollout failed").Error()}
	if v := c.unready(ctx, d); v != nil {
		f.revision = short(v.GetName())
		for _, cond := range v.GetConditions() {
			if cond.GetState() == runpb.Condition_CONDITION_FAILED && cond.GetMessage() != "" {
				if f.reasons == "" {
					f.text = "revision " + f.revision + ": " + cond.GetMessage()
				}
				f.reasons += fmt.Sprintf(" %v %v;", cond.GetReason(), cond.GetRevisionReason())
			}
		}
		f.log = c.written(ctx, d, f.revision, progress)
	}
	why, hint := f.cause()
	return errs.New(errs.Build, hint, "releasing %s: %s%s", d.Service, f.text, why)
}

// unready is the revision that did not come up, or nil.
func (c *Client) unready(ctx context.Context, d Desired) *runpb.Revision {
	s, ok, err := c.Get(ctx, d.Project, d.Region, d.Service)
	if err != nil || !ok || s.GetLatestCreatedRevision() == s.GetLatestReadyRevision() {
		return nil
	}
	v, err := c.revision(ctx, s.GetLatestCreatedRevision())
	if err != nil {
		return nil
	}
	return v
}

// written is the end of a revision's log. Who may not read it does without.
func (c *Client) written(ctx context.Context, d Desired, revision string, progress func(string)) string {
	var all []string
	err := c.lines(ctx, d.Spec, release.Query{Limit: shownLines, Revision: revision}, func(l release.Line) error {
		all = append(all, l.Text)
		return nil
	})
	if err != nil {
		return ""
	}
	if progress != nil && len(all) > 0 {
		progress("the container's log:")
		for _, text := range all {
			progress(text)
		}
	}
	return strings.Join(all, "\n")
}

var (
	onSecret    = regexp.MustCompile(`Permission denied on secret: (projects/[^/\s]+/secrets/[^/\s]+)\S* for Revision service account (\S*[\w])`)
	agent       = regexp.MustCompile(`service-[0-9]+@serverless-robot-prod\.iam\.gserviceaccount\.com`)
	outOfMemory = regexp.MustCompile(`(?i)memory limit of .* exceeded|out of memory|OOMKilled|was sent SIGKILL! Perhaps out of memory|terminated on signal 9`)
	otherArch   = regexp.MustCompile(`exec format error|does not support (linux/amd64|amd64/linux)|no matching manifest for linux/amd64`)
	onLocalhost = regexp.MustCompile(`(?i)(?:listening|running|serving|started)\b[^\n]{0,80}?(?:127\.0\.0\.1|localhost|\[::1\]):?([0-9]*)`)
	onPort      = regexp.MustCompile(`(?i)(?:listening|running|serving|started)\b[^\n]{0,80}?(?:0\.0\.0\.0|\[::\]):([0-9]+)`)
	crashed     = regexp.MustCompile(`(?m)^(?:[\w.]+(?:Error|Exception)|SystemExit)\b.*$|Container called exit\(\d+\)\.?|Worker failed to boot\.?`)
)

// cause is the most probable cause, as the end of a message, and what to do about it.
func (f failure) cause() (why, hint string) {
	all := f.text + "\n" + f.log
	has := func(reason runpb.Condition_CommonReason) bool {
		return strings.Contains(f.reasons, " "+reason.String()+" ")
	}
	secret := onSecret.FindStringSubmatch(f.text)
	switch {
	case secret != nil:
		return "", gcp.Lacks(rights.App, secret[2], "secretmanager.versions.access", secret[1])
	case has(runpb.Condition_SECRETS_ACCESS_CHECK_FAILED):
		return "", gcp.Lacks(rights.App, f.d.ServiceAccount, "secretmanager.versions.access", "")
	case has(runpb.Condition_CONTAINER_IMAGE_UNAUTHORIZED), has(runpb.Condition_CONTAINER_PERMISSION_DENIED), agent.MatchString(f.text):
		who := agent.FindString(f.text)
		if who == "" {
			who = "Cloud Run's service agent, service-PROJECT_NUMBER@serverless-robot-prod.iam.gserviceaccount.com"
		}
		return "", "Grant roles/artifactregistry.reader on the repository of the image to " + who + "."
	case has(runpb.Condition_CONTAINER_MISSING):
		return "", "Run `gcpdeploy up` again: the image was removed, or its repository has a policy that does."
	case outOfMemory.MatchString(all):
		return "; it ran out of memory", "Raise run.memory."
	case otherArch.MatchString(all):
		return "; the image is for another architecture", "Set base_image to one for linux/amd64, and build on such a machine."
	}
	if at := onLocalhost.FindStringSubmatch(f.log); at != nil {
		return "; it listens on localhost alone", fmt.Sprintf("Make the app listen on 0.0.0.0:$PORT (%d), which Cloud Run can reach.", f.d.Port)
	}
	if end := crashed.FindAllString(f.log, -1); end != nil {
		return "; it ended with " + strings.TrimSpace(end[len(end)-1]), "Mend that; the lines before it, and `gcpdeploy logs`, say where it comes from."
	}
	if at := onPort.FindStringSubmatch(f.log); at != nil && at[1] != fmt.Sprint(f.d.Port) {
		return "; it listens on port " + at[1], fmt.Sprintf("Make the app listen on $PORT (%d), or set run.port to %s.", f.d.Port, at[1])
	}
	if strings.Contains(f.reasons, runpb.Condition_HEALTH_CHECK_CONTAINER_ERROR.String()) || strings.Contains(f.text, "listen on the port") {
		return "", fmt.Sprintf("Make the app listen on 0.0.0.0:$PORT (%d) soon after its start; `gcpdeploy logs` has its output.", f.d.Port)
	}
	return "", "Run `gcpdeploy logs` for the app's own output; what served before still does."
}
