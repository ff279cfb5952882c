// What is declared by hand in types/ is what source/ has: names that only one of them has do not compile.
import type * as source from "../../source/node.js";
import type * as slimSource from "../../source/slim.js";
import type * as declared from "../../types/package.cjs";
import type * as proxySource from "../../source/proxy-node.js";
import type * as proxyDeclared from "../../types/proxy.cjs";
import type * as slimDeclared from "../../types/slim.cjs";

// (What a CommonJS file declares has a `default` besides.)
type Difference<One, Other> = Exclude<keyof One, keyof Other> | Exclude<keyof Other, keyof One | "default">;
declare function same<One, Other>(
  none: [Difference<One, Other>] extends [never] ? "the same" : `only one of them has ${Difference<One, Other> & string}`,
): void;
type Of<Class> = Class extends { prototype: infer Instance } ? Instance : never;

same<typeof source, typeof declared>("the same");
same<typeof slimSource, typeof slimDeclared>("the same");
same<typeof proxySource, typeof proxyDeclared>("the same");
same<Parameters<typeof proxySource.createProxy>[0], proxyDeclared.ProxySettings>("the same");
same<typeof source.filter, typeof declared.filter>("the same");
// The names of APIs are made at run time, from the table; what begins with a line below is between the package's own files.
same<Omit<Of<typeof source.JumpCloud>, "_named" | "_part">, Omit<declared.JumpCloud, "playbooks" | "v1" | "v2" | "insights" | "oauth" | "storage">>("the same");
same<Omit<Of<typeof source.SystemContext>, "sign">, declared.SystemContext>("the same");
same<source.JumpCloudError, declared.JumpCloudError>("the same");
same<source.PreparedRequest, declared.PreparedRequest>("the same");
same<source.List, declared.List>("the same");
same<source.Attachment, declared.Attachment>("the same");
same<Awaited<ReturnType<Of<typeof source.JumpCloud>["send"]>>, declared.Reply>("the same");
same<ConstructorParameters<typeof source.JumpCloud>[0], declared.Settings>("the same");
same<ConstructorParameters<typeof source.SystemContext>[0], declared.SystemContextSettings>("the same");
same<NonNullable<Parameters<Of<typeof source.JumpCloud>["call"]>[2]>, declared.ListOptions>("the same");
same<Parameters<typeof source.attachment>[1] & {}, declared.AttachmentFacts>("the same");

// And what the package takes, its source takes.
type Accepts<Given, Taken> = Given extends Taken ? true : never;
declare function takes<Given, Taken>(yes: Accepts<Given, Taken>): void;
takes<Omit<declared.Settings, "fetch" | "sleep" | "systemContext">, Omit<ConstructorParameters<typeof source.JumpCloud>[0], "fetch" | "sleep" | "systemContext">>(true);
takes<declared.FilterExpression, Parameters<typeof source.filter.not>[0]>(true);
