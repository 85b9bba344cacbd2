using System.Globalization;

namespace LlmGateway.Bench.Servers;

/// <summary>nginx as the static upstream and as a plain proxy: one configuration file each, private folders, no access log.</summary>
internal static class Nginx
{
    private const string Models = """{"object":"list","data":[{"id":"bench","object":"model","created":1750000000,"owned_by":"bench"}]}""";

    /// <summary>Answers every chat request with the same text (below nginx's limit of 4 KB for one parameter).</summary>
    public static Launch StaticText(Workplace workplace, string text) => Make(workplace, "upstream", port => $$"""
        server {
            listen 127.0.0.1:{{port}} backlog=4096;
            location = /v1/models { default_type application/json; return 200 '{{Models}}'; }
            location / { default_type application/json; return 200 '{{text}}'; }
        }
        """);

    /// <summary>Answers every chat request with the file's content.</summary>
    public static Launch StaticFile(Workplace workplace, string path) => Make(workplace, "upstream", port => $$"""
        open_file_cache max=10;
        server {
            listen 127.0.0.1:{{port}} backlog=4096;
            root {{Path.GetDirectoryName(path)}};
            default_type application/json;
            location = /v1/models { return 200 '{{Models}}'; }
            # A file cannot be posted to: the 405 is turned into a GET of it.
            location / { error_page 405 =200 /{{Path.GetFileName(path)}}; try_files /{{Path.GetFileName(path)}} =404; }
        }
        """);

    public static Launch Proxy(Workplace workplace, int upstreamPort) => Make(workplace, "nginx", port => $$"""
        upstream target { server 127.0.0.1:{{upstreamPort}}; keepalive 4096; keepalive_requests 1000000000; }
        server {
            listen 127.0.0.1:{{port}} backlog=4096;
            location / {
                proxy_pass http://target;
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_buffering off;
                proxy_read_timeout 300s;
            }
        }
        """);

    private static Launch Make(Workplace workplace, string name, Func<int, string> servers)
    {
        var port = workplace.FreePort();
        var folder = workplace.ScratchFile(string.Create(CultureInfo.InvariantCulture, $"nginx-{port}"));
        Directory.CreateDirectory(folder);
        var configuration = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(configuration, $$"""
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            daemon off;
            worker_processes {{Environment.ProcessorCount}};
            worker_rlimit_nofile 20000;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/error.log warn;
            events { worker_connections 10000; }
            http {
                access_log off;
                tcp_nodelay on;
                sendfile on;
                keepalive_requests 1000000000;
                keepalive_timeout 300s;
                client_max_body_size 16m;
                client_body_buffer_size 2m;
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
                {{servers(port)}}
            }
            """);
        return new Launch(name, port, "nginx", ["-p", folder, "-e", Path.Combine(folder, "error.log"), "-c", configuration]);
    }
}
