package run

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// Forms of what people say of a service (cloud.google.com/run/docs/configuring/labels, and
// Kubernetes' for annotations; read 2026-11).
var (
	dnsLabel       = config.Matching(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`, "a name of lower-case letters, digits and hyphens, at most 63", "")
	labelKeyForm   = config.Matching(`[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}0-9_-]{0,62}`, "a label: a lower-case letter, then lower-case letters, digits, _ and -, at most 63", "")
	labelForm      = config.Matching(`[\p{Ll}\p{Lo}0-9_-]{0,63}`, "lower-case letters, digits, _ and -, at most 63", "")
	annotationForm = config.Matching(`([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?`, "an annotation: [DOMAIN/]NAME", "")
)

// reserved are the namespaces of labels and annotations that nobody may give.
var reserved = []string{"run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev", "autoscaling.knative.dev"}

const (
	ourDomain       = "gcpdeploy.dev"
	ourLabels       = "gcpdeploy-"
	mostLabels      = 61 // of 64; the rest are ours
	mostDescription = 512
)

func checkLabel(s string) (string, *config.Fault) {
	switch {
	case inReserved(s):
		return "", config.Wrong("Set the key of run that it stands for.", "%s is Cloud Run's own and cannot be given", s)
	case strings.HasPrefix(s, ourLabels), strings.HasPrefix(s, "goog-"):
		return "", config.Wrong("Choose another name.", "%s is not to be given: the prefix is taken", s)
	}
	return labelKeyForm(s)
}

func checkLabelValue(s string) (string, *config.Fault) { return labelForm(s) }

func checkAnnotation(s string) (string, *config.Fault) {
	switch domain, _, _ := strings.Cut(s, "/"); {
	case inReserved(s):
		return "", config.Wrong("Set the key of run that it stands for.", "%s is Cloud Run's own and cannot be given", s)
	case domain == ourDomain:
		return "", config.Wrong("Choose another name.", "%s is gcpdeploy's own", s)
	}
	return annotationForm(s)
}

// inReserved says whether a name is in a namespace of Cloud Run's.
func inReserved(name string) bool {
	domain, _, ok := strings.Cut(name, "/")
	for _, r := range reserved {
		if ok && (domain == r || strings.HasSuffix(domain, "."+r)) {
			return true
		}
	}
	return false
}

func checkDescription(s string) (string, *config.Fault) {
	if n := utf8.RuneCountInString(s); n > mostDescription {
		return "", config.Wrong("", "has %d characters, and Cloud Run takes %d", n, mostDescription)
	}
	return config.AnyText(s)
}

func checkAudience(s string) (string, *config.Fault) {
	if s == "" || strings.ContainsAny(s, " \t\n\x00") {
		return "", config.Wrong("Write it as https://service.example.com.", "must be an audience, not %q", s)
	}
	return s, nil
}

func checkScaling(s string) (string, *config.Fault) {
	if n, err := strconv.Atoi(s); s != auto && (err != nil || n < 0 || n > mostInstances) {
		return "", config.Wrong("", "must be auto or a number of instances, not %q", s)
	}
	return s, nil
}

// checkSize accepts the size of a volume in memory.
func checkSize(s string) (string, *config.Fault) {
	if n, ok := quantity(s); !memoryForm.MatchString(s) || !ok || n.Sign() <= 0 {
		return "", config.Wrong("", "must be an amount such as 64Mi, not %q", s)
	}
	return s, nil
}
