package detect

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
)

// module is a Python file that may hold the app, judged by its text.
type module struct {
	file, name string // app/main.py, app.main
	main       bool   // runs something as a script
	binds      bool   // names a port or address, so its main block likely serves
	object     string // the name of the app, "" without one
	kind       string // what made the object: "Flask", "FastAPI"… or "" when unknown
	factory    string // a function without arguments that makes the app
	ui         string // "streamlit" or "gradio" when it imports one
}

var (
	mainBlock  = regexp.MustCompile(`(?m)^if\s*\(?\s*(?:__name__\s*==\s*['"]__main__['"]|['"]__main__['"]\s*==\s*__name__)`)
	topLevel   = regexp.MustCompile(`(?m)^(?:[\w.]+\.)?(?:run|serve|run_simple|serve_forever|run_app)\(`)
	bindsText  = regexp.MustCompile(`\bPORT\b|0\.0\.0\.0|\b8080\b|['"]::['"]`)
	made       = regexp.MustCompile(`(?m)^(\w+)\s*(?::[^=\n]+)?=\s*((?:\w+\s*=\s*)*)(?:[\w.]+\.)?(Flask|FastAPI|Dash|Starlette|Quart|Litestar|Bottle|APIFlask|OpenAPI|get_wsgi_application|get_asgi_application)\(`)
	served     = regexp.MustCompile(`(?m)^(\w+)\s*=\s*(\w+)\.server\b`)
	callable   = regexp.MustCompile(`(?m)^(async\s+)?def\s+(application|app)\s*\(\s*\w+\s*(?::[^,)]+)?,\s*\w+`)
	assigned   = regexp.MustCompile(`(?m)^(application|app|server)\s*(?::[^=\n]+)?=[^=]`)
	imported   = regexp.MustCompile(`(?m)^from\s+[\w.]+\s+import\s+(?:\(?[^#\n]*\bas\s+)?[^#\n]*\b(application|app)\b`)
	factory    = regexp.MustCompile(`(?m)^def\s+(create_app|make_app|create_application|get_app)\s*\(([^)]*)\)`)
	uiImport   = regexp.MustCompile(`(?m)^(?:import|from)\s+(streamlit|gradio)\b`)
	asgiImport = regexp.MustCompile(`(?m)^(?:import|from)\s+(fastapi|starlette|quart|litestar)\b`)
)

var asgiKinds = []string{"FastAPI", "Starlette", "Quart", "Litestar", "get_asgi_application", "asgi"}

func (m module) asgi() bool { return slices.Contains(asgiKinds, m.kind) }

// describe names the object for people: app (Flask).
func (m module) describe() string {
	switch {
	case m.object == "" && m.factory != "":
		return m.file + " defines " + m.factory + "()"
	case m.object == "":
		return m.file
	case m.kind == "" || strings.HasPrefix(m.kind, "get_") || strings.HasSuffix(m.kind, "sgi"):
		return m.file + " defines " + m.object
	}
	return m.file + " defines " + m.object + " (" + m.kind + ")"
}

// readModule gives nil when there is no such file.
func readModule(fsys fs.FS, file string) (*module, error) {
	text, ok, err := appfile.Read(fsys, file)
	if err != nil || !ok {
		return nil, err
	}
	return judge(file, text), nil
}

func judge(file, text string) *module {
	text = code(text)
	m := &module{file: file, name: strings.ReplaceAll(strings.TrimSuffix(file, ".py"), "/", ".")}
	m.name = strings.TrimSuffix(m.name, ".__init__")
	m.main = mainBlock.MatchString(text) || topLevel.MatchString(text)
	m.binds = bindsText.MatchString(text)
	m.judgeObject(text)
	if f := factory.FindStringSubmatch(text); f != nil && optionalOnly(f[2]) {
		m.factory = f[1]
	}
	if m.kind == "" && asgiImport.MatchString(text) {
		m.kind = "asgi"
	}
	if u := uiImport.FindStringSubmatch(text); u != nil {
		m.ui = u[1]
	}
	return m
}

// judgeObject finds the app's name, the surest sign first.
func (m *module) judgeObject(text string) {
	for _, f := range made.FindAllStringSubmatch(text, -1) {
		name := f[1]
		if strings.Contains(f[2], "app ") || strings.HasPrefix(f[2], "app=") {
			name = "app"
		}
		if m.object == "" || name == "app" || name == "application" {
			m.object, m.kind = name, f[3]
		}
	}
	if m.kind == "Dash" { // the WSGI app is its attribute, and gunicorn takes no dots
		m.object, m.kind = "", "Dash"
		if f := served.FindStringSubmatch(text); f != nil {
			m.object = f[1]
		}
		return
	}
	if m.object != "" {
		return
	}
	if f := callable.FindStringSubmatch(text); f != nil {
		m.object, m.kind = f[2], "wsgi"
		if f[1] != "" {
			m.kind = "asgi"
		}
		return
	}
	for _, re := range []*regexp.Regexp{assigned, imported} {
		if f := re.FindStringSubmatch(text); f != nil {
			m.object = f[1]
			return
		}
	}
}

// optionalOnly reports that a function with these parameters can be called without arguments.
func optionalOnly(params string) bool {
	for p := range strings.SplitSeq(params, ",") {
		if p = strings.TrimSpace(p); p != "" && !strings.Contains(p, "=") && !strings.HasPrefix(p, "*") && p != "/" {
			return false
		}
	}
	return true
}

// code blanks comments and the insides of triple-quoted strings, so that no
// example in a docstring is taken for code. Lines stay where they are.
func code(text string) string {
	var out strings.Builder
	quote := "" // of the string that i is in
	for i := 0; i < len(text); {
		rest := text[i:]
		switch {
		case quote == "" && rest[0] == '#':
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			i += n
			continue
		case quote == "" && (strings.HasPrefix(rest, `"""`) || strings.HasPrefix(rest, "'''")):
			quote = rest[:3]
			out.WriteString(quote)
			i += 3
			continue
		case quote == "" && (rest[0] == '"' || rest[0] == '\''):
			quote = rest[:1]
		case quote != "" && rest[0] == '\\' && len(rest) > 1 && rest[1] != '\n':
			if len(quote) == 1 {
				out.WriteString(rest[:2])
			}
			i += 2
			continue
		case quote != "" && strings.HasPrefix(rest, quote):
			out.WriteString(quote)
			i += len(quote)
			quote = ""
			continue
		case len(quote) == 1 && rest[0] == '\n':
			quote = ""
		}
		if len(quote) < 3 || rest[0] == '\n' {
			out.WriteByte(rest[0])
		}
		i++
	}
	return out.String()
}

// script is how to run the file with the app's Python.
func (m module) script() []string {
	if path.Dir(m.file) != "." {
		return []string{"/env/bin/python", "-m", m.name}
	}
	return []string{"/env/bin/python", "/app/" + m.file}
}
