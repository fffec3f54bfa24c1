package detect

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// aptFiles are the files in which other tools keep packages of the system:
// repo2docker's, and that of Heroku's apt buildpack.
var aptFiles = []string{"apt.txt", "Aptfile"}

// comment needs a blank before it: a version may hold a #.
var comment = regexp.MustCompile(`(^|\s)#.*`)

// SystemPackages gives the Debian packages that apt.txt and Aptfile name, in
// their order, each once; nil when neither is there. They are for building and
// for running, as those files do not say which.
func SystemPackages(fsys fs.FS) (appfile.Found[[]string], error) {
	var f appfile.Found[[]string]
	var from []string
	seen := map[string]bool{}
	for _, file := range aptFiles {
		text, ok, err := appfile.Read(fsys, file)
		if err != nil {
			return f, err
		}
		if !ok {
			continue
		}
		from = append(from, file)
		if f.Value == nil {
			f.Value = []string{}
		}
		for i, line := range strings.Split(text, "\n") {
			for _, name := range strings.Fields(comment.ReplaceAllString(line, "")) {
				if hint, fault := aptFault(name); fault != nil {
					where := appfile.At(file, text, i+1)
					if strings.Contains(line, "://") {
						where.Excerpt = "" // a URL may hold a password
					}
					return appfile.Found[[]string]{}, errs.At(where, hint, "%w", fault)
				}
				if !seen[name] {
					seen[name] = true
					f.Value = append(f.Value, name)
				}
			}
		}
	}
	f.From = strings.Join(from, ", ")
	return f, nil
}

// aptFault is what is wrong with a word, and what to do.
func aptFault(word string) (hint string, fault error) {
	const own = "Install it in an image of your own, and set base_image to that."
	switch {
	case strings.HasPrefix(word, ":"):
		return own, fmt.Errorf("packages of other repositories (%s) are not supported", strings.SplitN(word[1:], ":", 2)[0])
	case strings.Contains(word, "://"), strings.HasSuffix(word, ".deb"):
		return own, fmt.Errorf("a package's file is not supported, only the name of a package")
	case strings.HasPrefix(word, "-"):
		return "Leave it out.", fmt.Errorf("options of apt-get (%s) are not supported", word)
	}
	return "Name packages as apt-get does, one a line.", config.CheckPackage(word)
}
