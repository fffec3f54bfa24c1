package config

import (
	"errors"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/notify"
	"github.com/gcpdeploy/gcpdeploy/internal/python"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// ReservedImages are names in the image repository that no service may have.
var ReservedImages = []string{"wheels", "runtime", "testenv", "builder", "leases", "layers", "system"}

// A Check gives the value in its normal form, or what is wrong with it.
type Check func(string) (string, *Fault)

// Matching makes a Check of a pattern; what says in words what it wants.
func Matching(pattern, what, hint string) Check {
	// Compiled when it is first asked: counted repeats are dear, and every start would pay.
	re := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) })
	return func(s string) (string, *Fault) {
		if !re().MatchString(s) {
			return "", Wrong(hint, "must be "+verbatim(what)+", not %q", s)
		}
		return s, nil
	}
}

var (
	projectForm = Matching(`([a-z0-9.-]+:)?[a-z][a-z0-9-]{0,28}[a-z0-9]`, "a project ID (lower-case letters, digits and hyphens)", "Give the project's ID, neither its name nor its number; `gcloud projects list` shows it.")
	regionForm  = Matching(`[a-z]+(-[a-z]+[0-9]+)?`, "a region such as europe-west1", "")
	repoForm    = Matching(`[a-z]([a-z0-9-]{0,61}[a-z0-9])?`, "a repository name (lower-case letters, digits and hyphens, at most 63)", "")
	imageForm   = Matching(`[a-z0-9]+([._:/-]+[a-zA-Z0-9_]+)*(@sha256:[0-9a-f]{64})?`, "an image reference such as python:3.12-slim", "")
	debianForm  = Matching(`[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?([=/][A-Za-z0-9.+:~-]+)?`, "a Debian package name", "")
	pypiForm    = Matching(`(?i)[a-z0-9]([a-z0-9._-]*[a-z0-9])?|:all:|:none:`, "a Python package name, :all: or :none:", "")
	moduleForm  = Matching(`[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*`, "the name of a module, as in an import", "")
	// netrcSecretForm has an optional version, which may be no alias.
	netrcSecretForm = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(projects/[^/\s:]+/secrets/)?[A-Za-z0-9_-]{1,255}(:(latest|[1-9][0-9]*))?$`)
	})
	pathForm = Matching(`/[!-"$-~]*`, "a path such as /healthz", "Begin it with /; write other characters as %XX.")
	zoneForm = regexp.MustCompile(`^([a-z]+-[a-z]+[0-9]+)-[a-z]$`)
)

// Checks that keys of targets have, too.
var (
	CheckAccount  = Matching(`[a-zA-Z0-9._-]+@[a-zA-Z0-9.-]+\.[a-z]+`, "the e-mail address of a service account", "Write NAME@PROJECT.iam.gserviceaccount.com.")
	CheckVariable = Matching(`[A-Za-z_][A-Za-z0-9_.-]*`, "a variable name (letters, digits and _, not starting with a digit)", "")
)

// CheckPackage says what is wrong with the name of a Debian package, as apt-get
// takes it: NAME, NAME:ARCH, NAME=VERSION or NAME/RELEASE.
func CheckPackage(s string) error {
	if _, f := debianForm(s); f != nil {
		return errors.New(f.Message)
	}
	return nil
}

// checkService refuses the names of our own images: a service is one, too.
func checkService(s string) (string, *Fault) {
	if slices.Contains(ReservedImages, s) {
		return "", Wrong("Choose another name, such as "+s+"-app.", "cannot be %q: that is the name of an image of gcpdeploy's own", s).Repeats()
	}
	return s, nil
}

// checkURLPath takes a path, with a query where it has one, as it stands in a request.
func checkURLPath(s string) (string, *Fault) {
	s, fault := pathForm(s)
	if fault == nil {
		if _, err := url.ParseRequestURI(s); err != nil || len(s) > 2000 {
			return "", Wrong("", "must be a path such as /healthz, not %.100q", s)
		}
	}
	return s, fault
}

func checkProtocol(s string) (string, *Fault) {
	if s != HTTP && s != GRPC && s != TCP {
		return "", Wrong(suggest.Hint(s, []string{HTTP, GRPC, TCP}), "must be http, grpc or tcp, not %q", s)
	}
	return s, nil
}

func checkIn(s string) (string, *Fault) {
	if s != InService && s != InBuild {
		return "", Wrong(suggest.Hint(s, []string{InService, InBuild}), "must be service or build, not %q", s)
	}
	return s, nil
}

// both is one check after another; nil is none.
func both(first, second Check) Check {
	if second == nil {
		return first
	}
	return func(s string) (string, *Fault) {
		s, f := first(s)
		if f != nil {
			return "", f
		}
		return second(s)
	}
}

var notService = regexp.MustCompile(`[^a-z0-9]+`)

// ServiceName makes a name of any text that is valid wherever services have names.
func ServiceName(s string) string {
	s = strings.Trim(notService.ReplaceAllString(strings.ToLower(s), "-"), "-")
	if s == "" || slices.Contains(ReservedImages, s) {
		s = strings.TrimPrefix(s+"-app", "-")
	}
	if s[0] >= '0' && s[0] <= '9' {
		s = "app-" + s
	}
	return strings.TrimRight(s[:min(len(s), 49)], "-")
}

func checkRegion(s string) (string, *Fault) {
	if m := zoneForm.FindStringSubmatch(s); m != nil {
		return "", Wrong("Write "+m[1]+".", "must be a region, and %q is a zone", s).Repeats()
	}
	return regionForm(s)
}

func checkPython(s string) (string, *Fault) {
	if python.Valid(s) {
		return s, nil
	}
	if parts := strings.SplitN(s, ".", 3); len(parts) == 3 && python.Valid(parts[0]+"."+parts[1]) {
		minor := parts[0] + "." + parts[1]
		if python.FreeThreaded(s) {
			return "", Wrong("Write \""+minor+"t\": base_image decides the patch level.", "must be a minor version, not %q", s).Repeats()
		}
		return "", Wrong("Write \""+minor+"\"; to pin the patch level set base_image, as in python:"+s+"-slim.", "must be a minor version, not %q", s).Repeats()
	}
	return "", Wrong("Write a minor version from 3.9 on, such as 3.12, or 3.14t for a free-threaded build.", "cannot be %q", s)
}

func checkIndexURL(s string) (string, *Fault) {
	u, err := url.Parse(s)
	bad := link.Check("--index-url " + s)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return "", &Fault{Message: "must be an http or https URL", Private: true}
	case u.User != nil:
		return "", &Fault{Hint: "Remove user and password from the URL, and give them as wheels.netrc_secret, wheels.credentials_command, PIP_INDEX_URL, or in a netrc file.", Message: "must not hold credentials", Private: true}
	case bad != nil:
		return "", &Fault{Hint: "Remove user and password from the URL, and give them as wheels.netrc_secret, wheels.credentials_command, PIP_INDEX_URL, or in a netrc file; write another @ as %40.", Message: "must not hold credentials", Private: true}
	}
	return s, nil
}

// CheckConstraint accepts a project with versions, as pip's build constraints do.
func CheckConstraint(s string) (string, *Fault) {
	d, f := pep508.Parse(s)
	switch {
	case strings.Contains(s, "@"): // a login may be in it
		return "", &Fault{Hint: "Write it as in setuptools<81.", Message: "must be a package and its versions, not a link", Private: true}
	case f != nil:
		return "", Wrong(f.Hint, "must be a package and its versions, not %q: %s", s, f.Message)
	case len(d.Extras) > 0 || len(d.Specifiers) == 0:
		return "", Wrong("Write it as in setuptools<81.", "must be a package and its versions, not %q", s)
	}
	text := pep508.Normal(d.Name) + d.Specifiers.Canonical()
	if d.Marker != nil {
		text += " ; " + d.Marker.String()
	}
	return text, nil
}

// checkTarget accepts the targets that there are.
func checkTarget(names []string) Check {
	return func(s string) (string, *Fault) {
		hint := "Use " + strings.Join(names, " or ") + "."
		if slices.Contains(names, s) {
			return s, nil
		}
		return "", Wrong(hint, "must be "+strings.Join(names, " or ")+", not %q", s)
	}
}

// checkNetrcSecret never shows the value: it may be the netrc text itself.
func checkNetrcSecret(s string) (string, *Fault) {
	if !netrcSecretForm().MatchString(s) {
		return "", &Fault{Hint: "Name a secret of Secret Manager, as in pip-netrc or pip-netrc:3.", Message: "must be SECRET or SECRET:VERSION", Private: true}
	}
	return s, nil
}

// checkNotify accepts somebody to tell. What is none may be a webhook's URL, which is
// a secret.
func checkNotify(s string) (string, *Fault) {
	if _, ok := notify.Parse(s); !ok {
		return "", &Fault{Hint: "Keep a webhook's URL in a secret of Secret Manager, and name that.", Message: "must be " + notify.Forms, Private: true}
	}
	return s, nil
}

func checkNotifyOn(s string) (string, *Fault) {
	if !slices.Contains(notify.Whens, notify.When(s)) {
		return "", Wrong("", "must be failure, change or always, not %q", s)
	}
	return s, nil
}

// checkFile accepts any path that is not empty.
func checkFile(s string) (string, *Fault) {
	if s == "" || strings.ContainsRune(s, 0) {
		return "", Wrong("", "must be the path of a file")
	}
	return s, nil
}

// checkAppFile accepts a path inside of the app directory or beside it.
func checkAppFile(s string) (string, *Fault) {
	if strings.HasPrefix(s, "/") {
		return "", Wrong("Write it relative to the app directory.", "cannot be an absolute path: %q", s)
	}
	if s == "" {
		return checkFile(s)
	}
	return checkFile(path.Clean(s))
}

// parseDuration reads seconds, or a number with unit.
func parseDuration(s string) (time.Duration, bool) {
	if n, err := strconv.Atoi(s); err == nil && n < 1<<31 {
		return time.Duration(n) * time.Second, true
	}
	d, err := time.ParseDuration(s)
	return d, err == nil
}
