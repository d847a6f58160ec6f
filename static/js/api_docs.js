// The page of the API: starts Swagger UI on our schema.

const root = document.getElementById("api");

globalThis.SwaggerUIBundle({
  url: root.dataset.schema,
  domNode: root,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  requestInterceptor: withCsrfToken,
});

/** Let a signed-in person try writes, too: by cookie they need the token of the page. */
function withCsrfToken(request) {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  if (token) request.headers["X-CSRFToken"] = token;
  return request;
}
