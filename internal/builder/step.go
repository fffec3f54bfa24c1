package builder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// published is where the publish step leaves what the release step needs.
const published = plan.Dir + "/published.json"

// ReadPlan reads the plan of the build that this process is a step of.
func ReadPlan() (plan.Plan, error) {
	var p plan.Plan
	data, err := os.ReadFile(plan.Dir + "/plan.json")
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err != nil {
		return p, errs.New(errs.Usage, "This command is for the steps of a build.", "reading the plan: %w", err)
	}
	if p.Schema != plan.Schema {
		return p, errs.New(errs.Usage, "Use one version of gcpdeploy for the client and the builder image.",
			"the plan has schema %d, this program reads %d", p.Schema, plan.Schema)
	}
	return p, nil
}

// WriteOutput hands a step's result to Cloud Build, which gives it to the client;
// nil is none. Of a step that failed it hands over why, too: who may not read the
// build's log may read this.
func WriteOutput(lookup func(string) (string, bool), output any, failed error) error {
	dir, ok := lookup("BUILDER_OUTPUT")
	if !ok || output == nil && failed == nil {
		return nil
	}
	all := map[string]any{}
	if output != nil {
		data, err := json.Marshal(output)
		if err == nil {
			err = json.Unmarshal(data, &all)
		}
		if err != nil {
			return fmt.Errorf("writing the step's output: %w", err)
		}
	}
	if failed != nil {
		all["failure"] = plan.Failed{Error: shortened(failed.Error()), Hint: shortened(errs.HintOf(failed))}
	}
	data, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("writing the step's output: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, "output"), data, 0o644)
}

// shortened cuts a text to what goes into an output, of which Cloud Build keeps 50 KB.
func shortened(text string) string {
	const most = 4 << 10
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// SavePublished leaves what was published for the release step.
func SavePublished(r plan.Published) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(published, data, 0o644)
}

// AppKey is the key of the app's image: the plan's, or where that could not know
// it what the publish step left.
func AppKey(p plan.Plan) (string, error) {
	r, there, err := readPublished()
	if err != nil || !there {
		return p.Image.Key, err
	}
	return r.App, nil
}

// RuntimeRef is the runtime image that the app's is made of: the one that the publish
// step says, which may be another run's, or the plan's.
func RuntimeRef(planned string) (string, error) {
	r, there, err := readPublished()
	if err != nil || !there {
		return planned, err
	}
	return byDigest(planned, r.Runtime), nil
}

// readPublished reads what the publish step left, where there was one.
func readPublished() (r plan.Published, there bool, err error) {
	data, err := os.ReadFile(published)
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		return r, false, fmt.Errorf("reading what was published: %w", err)
	}
	return r, true, nil
}

// ReadResolution reads what the resolve step left.
func ReadResolution() ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(plan.Resolution, ResolutionFile))
	if err != nil {
		return nil, fmt.Errorf("reading the resolution: %w", err)
	}
	return data, nil
}

// CheckEnv is the environment that the checks run in: the service's plain
// variables, then the checks' own.
func CheckEnv(p plan.Plan) map[string]string {
	env := maps.Clone(p.Release.Env)
	if env == nil {
		env = map[string]string{}
	}
	maps.Copy(env, p.Check.Env)
	return env
}

// CheckLabels mark the containers of the checks, so that they are found after a
// kill. stays says whether the worker's Docker outlives the build: then it says
// under which labels it looks for its own, with commas between them.
func CheckLabels(lookup func(string) (string, bool)) (labels map[string]string, stays bool) {
	labels = map[string]string{"dev.gcpdeploy.step": "check"}
	v, stays := lookup("GCPDEPLOY_LABEL")
	for label := range strings.SplitSeq(v, ",") {
		if name, value, ok := strings.Cut(label, "="); ok {
			labels[name] = value
		}
	}
	return labels, stays
}
