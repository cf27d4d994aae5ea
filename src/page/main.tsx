import { render } from "preact";

render(<h1>rcwh</h1>, document.body);
