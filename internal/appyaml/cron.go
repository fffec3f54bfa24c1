package appyaml

import (
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Job is a job of cron.yaml. Schedule is in App Engine's words, which App Engine
// alone checks, as it does for gcloud.
type Job struct {
	Description, URL, Schedule, Timezone, Target string
	Retry                                        *Retry // nil = App Engine's own
	Place                                        errs.Place
}

// Retry says how a job that failed is tried again. Age is as it is written, such as 2d.
// What is nil, empty or zero was not said.
type Retry struct {
	Limit                  *int
	Age                    string
	MinBackoff, MaxBackoff float64 // seconds
	Doublings              *int
}

var crontab = sync.OnceValue(func() form {
	seconds := decimal(0, 1e300)
	return object(map[string]form{
		"application": refused("Remove it, and give --project.", "has no place here: the project is chosen for each deploy"),
		"cron": listOf(object(map[string]form{
			"url":         checked(func(s string) bool { return strings.HasPrefix(s, "/") && !strings.Contains(s, "\n") }, "a path that begins with a /"),
			"schedule":    written,
			"timezone":    written,
			"description": checked(func(s string) bool { return utf8.RuneCountInString(s) < 500 && !strings.Contains(s, "\n") }, "one line of at most 499 characters"),
			"target":      matching(`([a-z0-9][a-z0-9-]{0,62}:)?[a-z0-9][a-z0-9-]{0,99}`, "a service, or a version"),
			"retry_parameters": object(map[string]form{
				"job_retry_limit": integer(0), "job_age_limit": span, "min_backoff_seconds": seconds, "max_backoff_seconds": seconds, "max_doublings": integer(0),
			}),
		}, "url", "schedule")),
	})
})

// Cron reads a cron.yaml.
func Cron(name string, data []byte) ([]Job, error) {
	top, err := read(name, data)
	if err != nil {
		return nil, err
	}
	if top, err = crontab()("", top); err != nil {
		return nil, err
	}
	list, _ := top.At("cron")
	jobs := make([]Job, len(list.Items))
	for i, item := range list.Items {
		said := func(key string) string { v, _ := item.At(key); return v.Text }
		jobs[i] = Job{said("description"), said("url"), said("schedule"), said("timezone"), said("target"), retry(item), item.Place}
	}
	return jobs, nil
}

func retry(job Value) *Retry {
	v, ok := job.At("retry_parameters")
	if !ok {
		return nil
	}
	number := func(key string) *int {
		if n, ok := v.At(key); ok {
			i := n.Int()
			return &i
		}
		return nil
	}
	age, _ := v.At("job_age_limit")
	low, _ := v.At("min_backoff_seconds")
	high, _ := v.At("max_backoff_seconds")
	return &Retry{number("job_retry_limit"), age.Text, low.Float(), high.Float(), number("max_doublings")}
}

// written is a text that is not another type to YAML.
func written(key string, v Value) (Value, error) {
	if v.Kind != Text {
		return v, v.wrong("Quote it.", key, "must be text, but is %s", v.is())
	}
	return text(key, v)
}

// span is a number with its unit.
func span(key string, v Value) (Value, error) {
	v, err := written(key, v)
	if err != nil {
		return v, err
	}
	n, unit := strings.TrimRight(v.Text, "smhd"), strings.TrimLeft(v.Text, "0123456789.")
	if f, err := strconv.ParseFloat(n, 64); err != nil || f < 0 || len(unit) != 1 {
		return v, v.wrong("", key, "must be a number with a unit, such as 1h or 3.5d, not %q", v.Text)
	}
	return v, nil
}
